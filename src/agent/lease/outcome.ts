import type { LeaseOutcome } from '../../contract/model/lease.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import type { RunStatus } from '../sandbox/sandbox.ts';

/** 128 + SIGKILL and 128 + SIGTERM, which are what engines and systems that shut down send. */
export const SIGNALLED: ReadonlySet<number> = new Set([137, 143]);

export const isEngineLost = (error: unknown): boolean => error instanceof ProblemError && error.problem.code === 'engine-lost';

/** How a run ended, by what the engine says and by who wanted it to end. A job that finished in spite of a wish to stop has finished. */
export function outcomeOf(status: RunStatus, stopWanted: LeaseOutcome | null): LeaseOutcome {
  if (status.kind !== 'exited') return stopWanted ?? { kind: 'engine-lost' };
  if (stopWanted && status.exitCode !== 0) return stopWanted;
  return status.outOfMemory ? { kind: 'out-of-memory' } : { kind: 'exited', exitCode: status.exitCode };
}
