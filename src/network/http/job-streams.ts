import type { JobLogChunk } from '../../contract/cloud-api.ts';
import type { Job } from '../../contract/model/job.ts';
import { canonicalJson } from '../../lib/signing.ts';
import { hints, jobTopic, MARKET_TOPIC, type Topics } from '../bus/topics.ts';
import { LOG_CHUNK_BYTES, WATCH_INTERVAL_MS } from '../constants.ts';
import type { Logs } from '../logs.ts';
import { logText } from '../market/log-text.ts';
import type { Database } from '../store/schema.ts';

/** The job, whole, now and on each change, until it ended. */
export async function* watchJob(
  room: { readonly topics: Topics },
  jobId: string,
  signal: AbortSignal,
  read: () => Promise<Job>,
): AsyncGenerator<Job, void> {
  let last = '';
  for await (const _ of hints(room.topics, [jobTopic(jobId), MARKET_TOPIC], WATCH_INTERVAL_MS, signal)) {
    const job = await read();
    const text = canonicalJson(job);
    if (text !== last) yield job;
    last = text;
    if (job.endedAtMs !== null) return;
  }
}

/**
 * The log of the job's current attempt from a byte offset, until the job ended and all of it is out. When the job goes on with
 * another lease, its log follows from its beginning.
 */
export async function* watchLog(
  room: { readonly db: Database; readonly logs: Logs; readonly topics: Topics },
  jobId: string,
  fromOffset: number,
  signal: AbortSignal,
): AsyncGenerator<JobLogChunk, void> {
  let leaseId: string | null = null;
  let offset = fromOffset;
  for await (const _ of hints(room.topics, [jobTopic(jobId)], WATCH_INTERVAL_MS, signal)) {
    const job = await room.db.selectFrom('jobs').select(['leaseId', 'endedAtMs']).where('id', '=', jobId).executeTakeFirstOrThrow();
    const ended = job.endedAtMs !== null; // read before the log: what is there now is then all of it
    if (job.leaseId !== null && job.leaseId !== leaseId) {
      if (leaseId !== null) offset = 0;
      leaseId = job.leaseId;
    }
    while (leaseId !== null && !signal.aborted) {
      const bytes = await room.logs.read(leaseId, offset, LOG_CHUNK_BYTES);
      const text = logText(bytes, ended && bytes.length < LOG_CHUNK_BYTES);
      if (text === '') break;
      yield { leaseId, offset, text };
      offset += Buffer.byteLength(text);
    }
    if (ended) return;
  }
}
