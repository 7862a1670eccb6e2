import { isFinalOutcome, type LeaseCloseReason, type LeaseOutcome } from '../../contract/model/lease.ts';
import { MAX_ATTEMPTS } from '../constants.ts';

/** What becomes of the job when one of its leases has closed. */
export type Disposition =
  | {
      readonly kind: 'ended';
      readonly as: 'succeeded' | 'failed' | 'cancelled' | 'timed-out';
      readonly exitCode: number | null;
      readonly reason: string | null;
    }
  /** `counts`: as a failed attempt. `nextAttempt`: false when nothing was ever granted, so the same attempt goes on. */
  | { readonly kind: 'requeued'; readonly counts: boolean; readonly nextAttempt: boolean };

export interface AttemptedJob {
  readonly attempt: number;
  readonly failedAttempts: number;
  readonly cancelRequested: boolean;
  /** Of the job's time limit, after this lease. */
  readonly remainingMs: number;
}

/** The worker's own word on how the run ended, or the network's reason where the worker could not say. */
export type Ending =
  | { readonly by: 'worker'; readonly outcome: LeaseOutcome }
  | {
      readonly by: 'network';
      readonly reason: Extract<LeaseCloseReason, 'refused' | 'agent-lost' | 'cancelled'>;
      readonly granted: boolean;
    };

export const closeReasonOf = (ending: Ending): LeaseCloseReason => (ending.by === 'worker' ? ending.outcome.kind : ending.reason);

const FAILED_ATTEMPT: Record<LeaseCloseReason, string> = {
  exited: 'the program ended',
  'out-of-memory': 'the job needed more memory than it asked for',
  'timed-out': 'the time limit was used up',
  'owner-stopped': 'the owner of the worker stopped it',
  'agent-stopped': 'Nightshift was closed on the worker',
  yielded: 'the owner of the worker took the machine back',
  cancelled: 'it was cancelled',
  'engine-lost': 'the container engine of the worker went away',
  'outputs-refused': 'what it left could not be brought back',
  'start-failed': 'the container could not be started',
  'agent-lost': 'the worker went away',
  refused: 'the worker refused it',
  superseded: 'another lease took its place',
};

/** What the renter is told of an attempt that was interrupted. */
export const interruptionText = (attempt: number, ending: Ending): string =>
  `Attempt ${attempt} was interrupted: ${FAILED_ATTEMPT[closeReasonOf(ending)]}`;

/** A worker's own words for a person: one line without control characters, which could steer a terminal, of a bearable length. */
const inWords = (detail: string): string => detail.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').slice(0, 500);

function finalEnding(outcome: LeaseOutcome): Disposition {
  const failed = (reason: string, exitCode: number | null = null): Disposition => ({ kind: 'ended', as: 'failed', exitCode, reason });
  switch (outcome.kind) {
    case 'exited':
      return outcome.exitCode === 0
        ? { kind: 'ended', as: 'succeeded', exitCode: 0, reason: null }
        : failed(`The program exited with code ${outcome.exitCode}`, outcome.exitCode);
    case 'out-of-memory':
      return failed('The job needed more memory than it asked for and was stopped');
    case 'timed-out':
      return { kind: 'ended', as: 'timed-out', exitCode: null, reason: 'The time limit of the job was used up' };
    case 'cancelled':
      return { kind: 'ended', as: 'cancelled', exitCode: null, reason: 'Cancelled' };
    case 'outputs-refused':
      return failed(`The program ended well, but its outputs could not be brought back: ${inWords(outcome.detail)}`, 0);
    case 'start-failed':
      return failed(`The job could not be started: ${inWords(outcome.detail)}`);
    case 'owner-stopped':
    case 'agent-stopped':
    case 'yielded':
    case 'engine-lost':
      return failed(`The attempt ended because ${FAILED_ATTEMPT[outcome.kind]}`);
  }
}

function decide(job: AttemptedJob, ending: Ending): Disposition {
  if (ending.by === 'worker' && isFinalOutcome(ending.outcome)) return finalEnding(ending.outcome);
  if (job.cancelRequested) return { kind: 'ended', as: 'cancelled', exitCode: null, reason: 'Cancelled' };
  if (ending.by === 'network' && !ending.granted) return { kind: 'requeued', counts: false, nextAttempt: false };
  if (job.remainingMs <= 0) {
    return { kind: 'ended', as: 'timed-out', exitCode: null, reason: 'The time limit of the job was used up' };
  }
  const reason = closeReasonOf(ending);
  return { kind: 'requeued', counts: reason !== 'agent-stopped' && reason !== 'yielded', nextAttempt: true };
}

/** Decides between another attempt and the end. Giving the machine back to its owner is nobody's failure. */
export function dispose(job: AttemptedJob, ending: Ending, maxFailedAttempts: number): Disposition {
  const disposition = decide(job, ending);
  if (disposition.kind === 'ended' || !disposition.nextAttempt) return disposition;
  const failures = job.failedAttempts + (disposition.counts ? 1 : 0);
  if (failures < maxFailedAttempts && job.attempt < MAX_ATTEMPTS) return disposition;
  const detail = ending.by === 'worker' && ending.outcome.kind === 'start-failed' ? ` (${inWords(ending.outcome.detail)})` : '';
  return {
    kind: 'ended',
    as: 'failed',
    exitCode: null,
    reason: `Given up after ${job.attempt === 1 ? '1 attempt' : `${job.attempt} attempts`}; the last one ended because ${FAILED_ATTEMPT[closeReasonOf(ending)]}${detail}`,
  };
}
