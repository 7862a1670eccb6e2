import { type ArchiveRef, isFinalOutcome, type LeaseResult } from '../../contract/model/lease.ts';
import { leaseStreams, MAX_ARCHIVE_BYTES } from '../../contract/session-api.ts';
import type { Logger } from '../../lib/log.ts';
import type { Blobs } from '../blobs.ts';
import type { Checkpoints } from '../checkpoints.ts';
import { MAX_LOG_BYTES } from '../constants.ts';
import type { WorkerSession } from '../gateway/session.ts';
import { getStream } from '../gateway/streams.ts';
import type { Logs } from '../logs.ts';

export interface CollectRoom {
  readonly blobs: Blobs;
  readonly checkpoints: Checkpoints;
  readonly logs: Logs;
  readonly logger: Logger;
}

/**
 * Fetches what a lease's run left on its worker: the rest of the log, and the artifacts where the result is final. Idempotent. Artifacts are
 * fetched even where the blob is here: a worker that only knows its digest must not give it to the renter of its job.
 * @param checkpoint what is to be fetched of what the run has saved
 */
export async function collect(
  room: CollectRoom,
  session: WorkerSession,
  result: LeaseResult,
  checkpoint: ArchiveRef | null,
  onLogGrown: () => void,
  signal: AbortSignal,
): Promise<void> {
  const { leaseId, artifacts } = result;
  const logBytes = Math.min(result.logBytes, MAX_LOG_BYTES);
  const have = await room.logs.sizeOf(leaseId);
  if (have < logBytes) {
    await room.logs.append(leaseId, await getStream(session.http2, leaseStreams.log(leaseId, have), signal), logBytes, onLogGrown);
    const got = await room.logs.sizeOf(leaseId);
    if (got < logBytes) {
      room.logger.warn({ leaseId, logBytes, got }, 'the worker sent less log than it announced');
    }
  }
  if (artifacts && isFinalOutcome(result.outcome)) {
    const stream = await getStream(session.http2, leaseStreams.artifacts(leaseId), signal);
    const gotBytes = await room.blobs.put(artifacts.digest, stream, Math.min(artifacts.sizeBytes, MAX_ARCHIVE_BYTES));
    mustBeWhole('artifacts', artifacts, gotBytes);
  }
  if (checkpoint && (await room.checkpoints.sizeOf(leaseId)) !== checkpoint.sizeBytes) {
    const stream = await getStream(session.http2, leaseStreams.checkpoint(leaseId), signal);
    mustBeWhole('checkpoint', checkpoint, await room.checkpoints.put(leaseId, checkpoint.digest, stream, checkpoint.sizeBytes));
  }
}

function mustBeWhole(what: string, { sizeBytes }: ArchiveRef, gotBytes: number): void {
  if (gotBytes !== sizeBytes) throw new Error(`the ${what} measure ${gotBytes} bytes, announced were ${sizeBytes}`);
}
