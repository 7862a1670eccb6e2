import { setTimeout as sleep } from 'node:timers/promises';
import { isJobEnded, type Job } from '../../contract/model/job.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import { fullJitterMs } from '../../lib/backoff.ts';
import type { CloudClient } from '../cloud-client.ts';

const RETRY_BASE_MS = 300;
const RETRY_CAP_MS = 5_000;

export interface FollowEvents {
  readonly onJob: (job: Job) => void;
  readonly onLog: (text: string) => void;
  /** The network does not answer; the job goes on without us. */
  readonly onAway: () => void;
}

/** Follows a job and its log until it ended, over any number of lost connections. The log goes on where it broke off. */
export async function followJob(client: CloudClient, id: string, events: FollowEvents, signal: AbortSignal): Promise<Job> {
  const position: LogPosition = { leaseId: '', offset: 0 };
  const failed = new AbortController(); // what ends one of the two ends both
  const both = AbortSignal.any([signal, failed.signal]);
  try {
    const [job] = await Promise.all([
      untilDone(() => watchJob(client, id, events.onJob, both), events.onAway, both),
      untilDone(() => followLog(client, id, position, events.onLog, both), events.onAway, both),
    ]);
    return job;
  } finally {
    failed.abort();
  }
}

async function watchJob(client: CloudClient, id: string, onJob: (job: Job) => void, signal: AbortSignal): Promise<Job | null> {
  for await (const job of await client.jobs.watch({ id }, { signal })) {
    onJob(job);
    if (isJobEnded(job.state)) return job;
  }
  return null;
}

interface LogPosition {
  leaseId: string;
  offset: number;
}

async function followLog(
  client: CloudClient,
  id: string,
  position: LogPosition,
  onLog: (text: string) => void,
  signal: AbortSignal,
): Promise<true | null> {
  for await (const chunk of await client.jobs.log({ id, offset: position.offset }, { signal })) {
    if (chunk.leaseId !== position.leaseId) {
      position.leaseId = chunk.leaseId; // another attempt begins its own log
      position.offset = 0;
      if (chunk.offset > 0) return null; // asked from where the last attempt's log broke off: once more from the beginning
    }
    if (chunk.offset < position.offset) continue;
    onLog(chunk.text);
    position.offset = chunk.offset + Buffer.byteLength(chunk.text);
  }
  return true;
}

/** Tries until there is a result. Only an unreachable network or a stream that broke off is tried again; what the network says is final. */
async function untilDone<T>(attemptOnce: () => Promise<T | null>, onAway: () => void, signal: AbortSignal): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    try {
      const result = await attemptOnce();
      if (result !== null) return result;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ProblemError && error.problem.code !== 'network-unreachable') throw error;
      onAway();
    }
    await sleep(fullJitterMs(attempt, Math.random(), RETRY_BASE_MS, RETRY_CAP_MS), undefined, { signal });
  }
}
