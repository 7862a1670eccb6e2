import { ORPCError } from '@orpc/client';
import { ValidationError } from '@orpc/contract';
import { OUTBOX_BATCH_RECORDS, WORKER_CALL_TIMEOUT_MS } from '../constants.ts';
import type { Sessions } from '../registry/sessions.ts';
import { keepDevices } from '../registry/workers.ts';
import { batches } from './batches.ts';
import { type RecordsRoom, takeRecords } from './records.ts';
import type { WorkerSession } from './session.ts';

export interface AttendRoom extends RecordsRoom {
  readonly sessions: Sessions;
  readonly onJobsChanged: (jobIds: ReadonlySet<string>) => void;
}

/** Listens to a session's report and outbox until it ends, and closes it with the reason where that was not the session itself. */
export async function attend(room: AttendRoom, session: WorkerSession): Promise<void> {
  const work = [watchReport(room, session), drainOutbox(room, session)];
  try {
    await Promise.race(work);
    session.close('the worker ended its report or its outbox');
  } catch (error) {
    session.close(isMalformed(error) ? 'the worker sent a malformed message' : 'the session failed', error);
  }
  await Promise.allSettled(work); // a transaction under way ends before the database may close
}

/** Whether the worker broke the contract: oRPC checks each answer, and each item of a stream, against its schema. */
function isMalformed(error: unknown): boolean {
  return error instanceof ValidationError || (error instanceof ORPCError && error.code === 'EVENT_ITERATOR_VALIDATION_FAILED');
}

async function watchReport(room: AttendRoom, session: WorkerSession): Promise<void> {
  let kept = '';
  for await (const report of await session.client.report(undefined, { signal: session.signal })) {
    room.sessions.report(session, report);
    const devices = JSON.stringify(report.devices);
    if (devices !== kept) await keepDevices(room.db, session.workerId, report.devices); // a heartbeat or another offer writes nothing
    kept = devices;
  }
}

async function drainOutbox(room: AttendRoom, session: WorkerSession): Promise<void> {
  const { workerId, publicKey, signal } = session;
  const { ackedSeq } = await room.db.selectFrom('workers').select('ackedSeq').where('id', '=', workerId).executeTakeFirstOrThrow();
  const stream = await session.client.outbox.stream({ afterSeq: ackedSeq }, { signal });
  for await (const records of batches(stream, OUTBOX_BATCH_RECORDS)) {
    const { ack, changedJobs } = await takeRecords(room, { workerId, publicKey }, records);
    room.onJobsChanged(changedJobs);
    await session.client.outbox.ack(ack, { signal: AbortSignal.any([signal, AbortSignal.timeout(WORKER_CALL_TIMEOUT_MS)]) });
  }
}
