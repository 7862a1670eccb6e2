import type { JobLogChunk } from '../../contract/cloud-api.ts';
import type { Job } from '../../contract/model/job.ts';
import { type Topics } from '../bus/topics.ts';
import type { Logs } from '../logs.ts';
import type { Database } from '../store/schema.ts';
/** The job, whole, now and on each change, until it ended. */
export declare function watchJob(
  room: {
    readonly topics: Topics;
  },
  jobId: string,
  signal: AbortSignal,
  read: () => Promise<Job>,
): AsyncGenerator<Job, void>;
/**
 * The log of the job's current attempt from a byte offset, until the job ended and all of it is out. When the job goes on with
 * another lease, its log follows from its beginning.
 */
export declare function watchLog(
  room: {
    readonly db: Database;
    readonly logs: Logs;
    readonly topics: Topics;
  },
  jobId: string,
  fromOffset: number,
  signal: AbortSignal,
): AsyncGenerator<JobLogChunk, void>;
