import * as z from 'zod';

/** Whole micro-credits: 1 credit = 1,000,000. Never a fraction, never a float. */
export const microCredits = z.int().describe('micro-credits; 1 credit = 1,000,000');
export const MICRO_PER_CREDIT = 1_000_000;

/** The unit of account of a network. A TEST network shows no currency. */
export const currency = z.enum(['TEST', 'USD']);
export type Currency = z.infer<typeof currency>;

const MS_PER_HOUR = 3_600_000n;

/** What a lease has cost so far: floor(unfrozen ms x price per hour / 3,600,000), in micro-credits. Exact for any safe integers. */
export function chargeMicro(cumulativeUnfrozenMs: number, microPerHour: number): number {
  return Number((BigInt(cumulativeUnfrozenMs) * BigInt(microPerHour)) / MS_PER_HOUR);
}

/** The network's fee: ceil(charge x take rate), the rate in basis points (2000 = 20%). */
export function feeMicro(charge: number, takeRateBasisPoints: number): number {
  return Number((BigInt(charge) * BigInt(takeRateBasisPoints) + 9_999n) / 10_000n);
}

/** What to hold so that `timeLimitMs` at the highest price is funded: the charge for all of it, rounded up. */
export function holdMicro(timeLimitMs: number, maxMicroPerHour: number): number {
  return Number((BigInt(timeLimitMs) * BigInt(maxMicroPerHour) + MS_PER_HOUR - 1n) / MS_PER_HOUR);
}
