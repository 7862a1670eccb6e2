import type { WorkerLease } from '../../contract/session-api.ts';
import { fullJitterMs } from '../../lib/backoff.ts';
import { STEP_BACKOFF_BASE_MS, STEP_BACKOFF_CAP_MS } from '../constants.ts';
import type { LeaseRow } from '../store/schema.ts';
import type { LeaseState } from './lease-machine.ts';

/** What this process remembers of an open lease between steps. Nothing of it is needed after a restart; it only spares repetition. */
export interface LeaseWatch {
  readonly state: LeaseState;
  readonly sinceMonotonicMs: number;
  /** The accepted usage, and since when it has not grown in this state. */
  readonly usageMs: number;
  readonly heardMonotonicMs: number;
  /** The worker's last answer to a call of ours, until its report says more. */
  readonly answer: WorkerLease | null;
  /** Inputs and checkpoint were sent. */
  readonly pushed: boolean;
  readonly failures: number;
  readonly failingSinceMonotonicMs: number | null;
  readonly notBeforeMonotonicMs: number;
}

/** The watch of a lease: the one there is, or a fresh one when the lease is new here or has moved on. */
export function watchOf(
  known: LeaseWatch | undefined,
  { state, cumulativeUnfrozenMs: usageMs }: Pick<LeaseRow, 'state' | 'cumulativeUnfrozenMs'>,
  nowMonotonicMs: number,
): LeaseWatch {
  if (known?.state === state) return known.usageMs === usageMs ? known : { ...known, usageMs, heardMonotonicMs: nowMonotonicMs };
  return {
    state,
    sinceMonotonicMs: nowMonotonicMs,
    usageMs,
    heardMonotonicMs: nowMonotonicMs,
    answer: known?.answer ?? null,
    pushed: known?.pushed ?? false,
    failures: 0,
    failingSinceMonotonicMs: null,
    notBeforeMonotonicMs: nowMonotonicMs,
  };
}

/** After a step that failed: try again later, with growing, jittered pauses. `blame`: whether it counts against the worker. */
export function afterFailure(watch: LeaseWatch, nowMonotonicMs: number, random: number, blame: boolean): LeaseWatch {
  const pauseMs = STEP_BACKOFF_BASE_MS + fullJitterMs(watch.failures, random, STEP_BACKOFF_BASE_MS, STEP_BACKOFF_CAP_MS);
  return {
    ...watch,
    failures: watch.failures + 1,
    failingSinceMonotonicMs: blame ? (watch.failingSinceMonotonicMs ?? nowMonotonicMs) : null,
    notBeforeMonotonicMs: nowMonotonicMs + pauseMs,
  };
}

/** After a step that worked: nothing to hold against the worker, and not the same again before `pauseMs`. */
export function afterSuccess(watch: LeaseWatch, nowMonotonicMs: number, pauseMs: number): LeaseWatch {
  return { ...watch, failures: 0, failingSinceMonotonicMs: null, notBeforeMonotonicMs: nowMonotonicMs + pauseMs };
}
