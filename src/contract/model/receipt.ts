import * as z from 'zod';
import { currency, microCredits } from './money.ts';

/** Usage of one lease up to a moment. Cumulative, so that a lost, repeated or reordered receipt changes nothing. */
export const usageReceipt = z.object({
  version: z.literal(0),
  leaseId: z.string(),
  leaseEpoch: z.int().positive(),
  workerId: z.string(),
  deviceId: z.string(),
  interval: z.int().positive().describe('1, 2, 3 ... within the lease'),
  cumulativeUnfrozenMs: z.int().nonnegative(),
  microPerHour: microCredits,
  chargeMicro: microCredits.describe('floor(cumulativeUnfrozenMs x microPerHour / 3,600,000)'),
  currency,
  measuredAtMs: z.int(),
});
export type UsageReceipt = z.infer<typeof usageReceipt>;

/** A receipt signed by the worker that measured it (signature context `receipt`). */
export const signedReceipt = z.object({ receipt: usageReceipt, workerSignature: z.string() });
export type SignedReceipt = z.infer<typeof signedReceipt>;

/** A receipt both sides have signed. The network signs the signed receipt (context `receipt-accepted`) once it is durable there. */
export const cosignedReceipt = z.object({ receipt: usageReceipt, workerSignature: z.string(), networkSignature: z.string().nullable() });
export type CosignedReceipt = z.infer<typeof cosignedReceipt>;
