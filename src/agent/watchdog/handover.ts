/** What agent and watchdog agree on. */

/** What an agent that closes says to its watchdog. */
export const LEAVE = 'leave';

/** How long a watchdog that has fired tries; then it gives up. */
export const END_MS = 5_000;

/** What a watchdog makes of its claim when it begins to end containers. */
export const firedName = (claim: string): string => `${claim}.fired`;
