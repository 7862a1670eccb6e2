import { type Job, jobSpec } from '../../contract/model/job.ts';
import type { Database, JobRow } from '../store/schema.ts';
import { checkpointOf } from './checkpoint.ts';
import { declinedBy } from './match.ts';
import { type MarketView, waitingReason } from './waiting.ts';

/** A job with the usage of its open lease. */
type ViewedRow = JobRow & { readonly openCumulativeMs: number | null; readonly openMaxMs: number | null };

export const jobRows = (db: Database) =>
  db
    .selectFrom('jobs')
    .leftJoin('leases', (join) => join.onRef('leases.jobId', '=', 'jobs.id').on('leases.state', '<>', 'closed'))
    .selectAll('jobs')
    .select(['leases.cumulativeUnfrozenMs as openCumulativeMs', 'leases.maxUnfrozenMs as openMaxMs']);

/** A job as its renter sees it. */
export function jobView(row: ViewedRow, market: MarketView): Job {
  const spec = jobSpec.parse(JSON.parse(row.specJson));
  const { artifactsDigest, artifactsSizeBytes } = row;
  const checkpoint = checkpointOf(row);
  return {
    id: row.id,
    spec,
    state: row.state,
    reason: row.state === 'queued' ? waitingReason(spec, declinedBy(row.declinedByJson), market) : row.reason,
    attempt: row.attempt,
    interruption: row.interruption,
    checkpoint: checkpoint && { ...checkpoint.archive, atMs: checkpoint.atMs },
    leaseId: row.leaseId,
    exitCode: row.exitCode,
    heldMicro: row.heldMicro,
    chargedMicro: row.chargedMicro,
    unfrozenMs: row.billedMs + Math.min(row.openCumulativeMs ?? 0, row.openMaxMs ?? 0),
    artifacts: artifactsDigest === null || artifactsSizeBytes === null ? null : { digest: artifactsDigest, sizeBytes: artifactsSizeBytes },
    submittedAtMs: row.submittedAtMs,
    endedAtMs: row.endedAtMs,
  };
}
