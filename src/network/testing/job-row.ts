import type { JobRow } from '../store/schema.ts';
import { TEST_SPEC } from './network.ts';

/** A queued job as the store keeps it, without a hold, but for what the test says. */
export const jobRow = (change: Partial<JobRow> & Pick<JobRow, 'id' | 'renterId'>): JobRow => ({
  idempotencyKey: 'key',
  bodyDigest: '',
  specJson: JSON.stringify(TEST_SPEC),
  state: 'queued',
  reason: null,
  attempt: 1,
  interruption: null,
  failedAttempts: 0,
  declinedByJson: '[]',
  leaseId: null,
  exitCode: null,
  holdId: null,
  heldMicro: 0,
  chargedMicro: 0,
  billedMs: 0,
  cancelRequestedAtMs: null,
  artifactsDigest: null,
  artifactsSizeBytes: null,
  checkpointLeaseId: null,
  checkpointDigest: null,
  checkpointSizeBytes: null,
  checkpointAtMs: null,
  submittedAtMs: 0,
  endedAtMs: null,
  ...change,
});
