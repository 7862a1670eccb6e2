import * as z from 'zod';
import { type JobSpec, neededDiskBytes } from '../../contract/model/job.ts';
import type { Offer } from '../../contract/model/offer.ts';

/** What keeps a job from an offer. */
export type Misfit = 'class' | 'price' | 'vram' | 'memory' | 'disk' | 'cpus' | 'network';

/** Every reason why this offer does not serve this job; empty when it does. */
export function misfits(spec: JobSpec, offer: Offer): readonly Misfit[] {
  const found: Misfit[] = [];
  if (offer.deviceClass !== spec.deviceClass) found.push('class');
  if (offer.microPerHour > spec.maxMicroPerHour) found.push('price');
  if (spec.vramBytes !== null && (offer.vramBytes ?? 0) < spec.vramBytes) found.push('vram');
  if (offer.memoryBytes < spec.memoryBytes) found.push('memory');
  if (offer.diskBytes < neededDiskBytes(spec)) found.push('disk');
  if (offer.cpus < spec.cpus) found.push('cpus');
  if (spec.network.kind === 'egress' && !offer.egress) found.push('network');
  return found;
}

export const fits = (spec: JobSpec, offer: Offer): boolean => misfits(spec, offer).length === 0;

export interface QueuedJob {
  readonly jobId: string;
  readonly spec: JobSpec;
  /** Workers whose owner has stopped this job: it does not come back to them. */
  readonly declinedBy: ReadonlySet<string>;
}

export interface Candidate {
  readonly workerId: string;
  readonly offer: Offer;
}

/** Whether this candidate may have this job. The one predicate of the matcher and the applier. */
export const serves = (job: QueuedJob, candidate: Candidate): boolean =>
  !job.declinedBy.has(candidate.workerId) && fits(job.spec, candidate.offer);

const declined = (json: string): Set<string> => new Set(z.array(z.string()).parse(JSON.parse(json)));
export const declinedBy = (json: string): ReadonlySet<string> => declined(json);
export const withDeclined = (json: string, workerId: string): string => JSON.stringify([...declined(json).add(workerId)]);

export interface Match {
  readonly job: QueuedJob;
  readonly candidate: Candidate;
}

export const deviceKey = (workerId: string, deviceId: string): string => `${workerId}/${deviceId}`;
const keyOf = (candidate: Candidate): string => deviceKey(candidate.workerId, candidate.offer.deviceId);

/**
 * Gives each job, oldest first, the cheapest free offer that fits; equal prices in the order of worker and device, so that the
 * answer is the same for the same question. `jobs` come oldest first; `taken` are the keys of devices that are not to be offered.
 */
export function match(jobs: readonly QueuedJob[], candidates: readonly Candidate[], taken: ReadonlySet<string>): readonly Match[] {
  const free = candidates
    .filter((candidate) => !taken.has(keyOf(candidate)))
    .toSorted((a, b) => a.offer.microPerHour - b.offer.microPerHour || (keyOf(a) < keyOf(b) ? -1 : 1));
  const matches: Match[] = [];
  for (const job of jobs) {
    if (free.length === 0) break;
    const index = free.findIndex((candidate) => serves(job, candidate));
    const candidate = free[index];
    if (!candidate) continue;
    free.splice(index, 1);
    matches.push({ job, candidate });
  }
  return matches;
}
