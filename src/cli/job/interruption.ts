import { isJobEnded, type Job } from '../../contract/model/job.ts';
import { bytes, duration, plainText } from '../print.ts';

/** What a renter is told of an attempt that was interrupted: why, and what the next goes on from. Null where none was. */
export function interruptionText(job: Job, nowMs: number): string | null {
  if (job.interruption === null) return null;
  const why = `${plainText(job.interruption)}.`;
  if (isJobEnded(job.state)) return why;
  const next = `Attempt ${job.attempt}`;
  if (job.checkpoint) {
    const age = duration(Math.max(0, nowMs - job.checkpoint.atMs));
    return `${why} ${next} goes on from the checkpoint (${bytes(job.checkpoint.sizeBytes)}, here since ${age})`;
  }
  return `${why} ${next} begins anew: ${job.spec.checkpoint === null ? 'the job saves no checkpoints' : 'no checkpoint had been saved'}`;
}
