import type { JobSpec } from '../../contract/model/job.ts';
import { type ArchiveRef, isFinalOutcome, type LeaseResult } from '../../contract/model/lease.ts';
import { MAX_ARCHIVE_BYTES } from '../../contract/session-api.ts';
import type { JobRow } from '../store/schema.ts';

/** What the next attempt of a job goes on from. */
export interface JobCheckpoint {
  /** The lease that left it. */
  readonly leaseId: string;
  readonly archive: ArchiveRef;
  /** When it was whole with us. */
  readonly atMs: number;
}

type CheckpointColumns = Pick<JobRow, 'checkpointLeaseId' | 'checkpointDigest' | 'checkpointSizeBytes' | 'checkpointAtMs'>;

/** The job's checkpoint, or null while it has none. */
export function checkpointOf(job: CheckpointColumns): JobCheckpoint | null {
  const { checkpointLeaseId: leaseId, checkpointDigest: digest, checkpointSizeBytes: sizeBytes, checkpointAtMs: atMs } = job;
  if (leaseId === null || digest === null || sizeBytes === null || atMs === null) return null;
  return { leaseId, archive: { digest, sizeBytes }, atMs };
}

/**
 * The checkpoint that a worker's result offers and that is worth fetching, or null: a job that has come to its end needs none, and one that
 * does not fit on the job's disk would keep its next attempt from starting.
 */
export function offeredCheckpoint(spec: JobSpec, result: LeaseResult): ArchiveRef | null {
  if (spec.checkpoint === null || result.checkpoint === null || isFinalOutcome(result.outcome)) return null;
  return result.checkpoint.sizeBytes <= Math.min(spec.diskBytes, MAX_ARCHIVE_BYTES) ? result.checkpoint : null;
}
