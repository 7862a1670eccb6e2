import * as z from 'zod';
import { jobSpec, sha256Digest } from './job.ts';
import { currency, microCredits } from './money.ts';
import { signedReceipt } from './receipt.ts';

/** Workers name folders and containers after it: one plain name on every file system. */
export const leaseId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be a plain name');

/** An archive by its content. */
export const archiveRef = z.object({ digest: sha256Digest, sizeBytes: z.int().nonnegative() });
export type ArchiveRef = z.infer<typeof archiveRef>;

/** The right of one job to one device for a time, as granted by the network and signed by it. */
export const leaseTerms = z.object({
  leaseId,
  leaseEpoch: z.int().positive().describe('fencing token, monotonic per device'),
  jobId: z.string(),
  deviceId: z.string(),
  workerId: z.string(),
  spec: jobSpec,
  checkpoint: archiveRef.nullable().default(null).describe('what an earlier attempt saved: a tar, unpacked in $NIGHTSHIFT_CHECKPOINT_DIR'),
  microPerHour: microCredits,
  takeRateBasisPoints: z.int().min(0).max(10_000),
  currency,
  maxUnfrozenMs: z.int().positive().describe('funded time: the worker itself stops the job there'),
  receiptIntervalMs: z.int().positive(),
  grantedAtMs: z.int(),
});
export type LeaseTerms = z.infer<typeof leaseTerms>;

export const signedLeaseTerms = z.object({ terms: leaseTerms, networkSignature: z.string() });
export type SignedLeaseTerms = z.infer<typeof signedLeaseTerms>;

/** How the container's run ended, as the worker saw it. */
export const leaseOutcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('exited'), exitCode: z.int() }),
  z.object({ kind: z.literal('out-of-memory') }),
  z.object({ kind: z.literal('timed-out') }).describe('the funded time is used up'),
  z.object({ kind: z.literal('owner-stopped') }),
  z.object({ kind: z.literal('agent-stopped') }).describe('Nightshift was closed on the worker'),
  z.object({ kind: z.literal('yielded') }).describe('the owner took the machine back and stayed'),
  z.object({ kind: z.literal('cancelled') }),
  z.object({ kind: z.literal('engine-lost') }),
  z
    .object({ kind: z.literal('outputs-refused'), detail: z.string() })
    .describe('it exited with 0, but what it left is missing, too large or not plain files'),
  z.object({ kind: z.literal('start-failed'), code: z.string(), detail: z.string() }).describe('no container of it ever ran'),
]);
export type LeaseOutcome = z.infer<typeof leaseOutcome>;

/** Whether the job itself ended, so that another attempt would only repeat it. */
export function isFinalOutcome(outcome: LeaseOutcome): boolean {
  switch (outcome.kind) {
    case 'exited':
    case 'out-of-memory':
    case 'timed-out':
    case 'cancelled':
    case 'outputs-refused':
      return true;
    case 'start-failed':
      return outcome.code === 'image-not-found' || outcome.code === 'image-refused';
    case 'owner-stopped':
    case 'agent-stopped':
    case 'yielded':
    case 'engine-lost':
      return false;
  }
}

/** What the worker reports when a lease's run has ended. The log and the artifacts wait on the worker until the invoice comes. */
export const leaseResult = z.object({
  leaseId: z.string(),
  leaseEpoch: z.int(),
  outcome: leaseOutcome,
  finalReceipt: signedReceipt.nullable().describe('null when nothing ran'),
  logBytes: z.int().nonnegative(),
  artifacts: archiveRef.nullable(),
  checkpoint: archiveRef.nullable().default(null).describe('what the job had saved when it was ended before its end'),
  endedAtMs: z.int(),
});
export type LeaseResult = z.infer<typeof leaseResult>;

/** Why a lease closed: the worker's outcome, or the network's own reason when the worker could not say. */
export const leaseCloseReason = z.enum([
  'exited',
  'out-of-memory',
  'timed-out',
  'owner-stopped',
  'agent-stopped',
  'yielded',
  'cancelled',
  'engine-lost',
  'outputs-refused',
  'start-failed',
  'agent-lost',
  'refused',
  'superseded',
]);
export type LeaseCloseReason = z.infer<typeof leaseCloseReason>;

/** The final word on a lease's money. Seals it: later usage is ignored. charge = fee + net, all micro-credits. */
export const invoice = z.object({
  leaseId: z.string(),
  leaseEpoch: z.int(),
  jobId: z.string(),
  jobName: z.string(),
  deviceId: z.string(),
  currency,
  closeReason: leaseCloseReason,
  unfrozenMs: z.int().nonnegative(),
  microPerHour: microCredits,
  chargeMicro: microCredits,
  feeMicro: microCredits,
  netMicro: microCredits,
  availableAtMs: z.int().describe('when the net leaves the holdback'),
  sealedAtMs: z.int(),
});
export type Invoice = z.infer<typeof invoice>;

export const signedInvoice = z.object({ invoice, networkSignature: z.string() });
export type SignedInvoice = z.infer<typeof signedInvoice>;
