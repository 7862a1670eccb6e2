import { delay } from '../../../../lib/delay.ts';

/** Why something cannot be read, and what the owner can do about it. */
export interface Trouble {
  readonly detail: string;
  readonly fix: string | null;
}

/** A connection that could not be made, with what an owner is told. */
export class LinkError extends Error {
  readonly trouble: Trouble;
  constructor(trouble: Trouble) {
    super(trouble.detail);
    this.trouble = trouble;
  }
}

export type LinkState<L> = { readonly kind: 'open'; readonly link: L } | ({ readonly kind: 'broken' } & Trouble);

/** A connection to a display or bus that is made anew after it was lost. */
export interface LastingLink<L> {
  /** The connection as it stands; asking for a broken one begins a new attempt, once every few seconds. */
  state(): LinkState<L>;
  /** Waits for the first attempt, some seconds at most. */
  settled(): Promise<void>;
  close(): void;
}

const RETRY_MS = 3_000;
/** A loaded machine needs far less; one that is stopped is waited for while the sensor reads unknown. */
const FIRST_ATTEMPT_MS = 5_000;

/**
 * Makes the first attempt at once.
 * @param connect resolves to an open connection, or rejects with a `LinkError`; `lost` says later that it broke; the signal ends it
 * @param changed what to call when a connection was made or lost after the first attempt was waited for
 */
export function openLasting<L extends { close(): void }>(
  connect: (lost: (trouble: Trouble) => void, signal: AbortSignal) => Promise<L>,
  monotonicMs: () => number,
  changed: () => void,
): LastingLink<L> {
  let state: LinkState<L> = { kind: 'broken', detail: 'Nightshift is still waiting for an answer.', fix: null };
  let attempt: Promise<void> | null = null;
  let nextTryMs = 0;
  let isAwaited = false;
  const closing = new AbortController();
  const news = (): void => {
    if (isAwaited && !closing.signal.aborted) changed();
  };

  const breakUp = (trouble: Trouble): void => {
    const before = state;
    state = { kind: 'broken', ...trouble };
    nextTryMs = monotonicMs() + RETRY_MS;
    if (before.kind === 'broken') return;
    before.link.close();
    news();
  };

  async function tryOnce(): Promise<void> {
    let lostBeforeOpen: Trouble | null = null;
    let opened: L | null = null;
    try {
      const link = await connect((trouble) => {
        if (opened === null) lostBeforeOpen = trouble;
        else if (state.kind === 'open' && state.link === opened) breakUp(trouble);
      }, closing.signal);
      opened = link;
      if (closing.signal.aborted) return link.close();
      if (lostBeforeOpen) return breakUp(lostBeforeOpen);
      state = { kind: 'open', link };
      news();
    } catch (error) {
      breakUp(error instanceof LinkError ? error.trouble : { detail: error instanceof Error ? error.message : String(error), fix: null });
    } finally {
      attempt = null;
    }
  }

  attempt = tryOnce();
  return {
    state() {
      if (state.kind === 'broken' && attempt === null && !closing.signal.aborted && monotonicMs() >= nextTryMs) attempt = tryOnce();
      return state;
    },
    async settled() {
      const enough = new AbortController();
      await Promise.race([attempt, delay(FIRST_ATTEMPT_MS, enough.signal)]);
      enough.abort();
      isAwaited = true;
    },
    close() {
      closing.abort();
      if (state.kind === 'open') state.link.close();
      state = { kind: 'broken', detail: 'This sensor is closed.', fix: null };
    },
  };
}
