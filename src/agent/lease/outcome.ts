import type { LeaseOutcome } from '../../contract/model/lease.ts';
import type { RunStatus } from '../sandbox/sandbox.ts';

/** 128 + SIGKILL and 128 + SIGTERM, which are what engines and systems that shut down send; and what Docker says of a job that the machine's end took along. */
export const SIGNALLED: ReadonlySet<number> = new Set([137, 143, 255]);

/**
 * How a run ended, by what the engine says and by who wanted it to end. A job that finished in spite of a wish to stop has finished, unless
 * it was `asked` to save its state and leave: then an exit with 0 says that it did.
 */
export function outcomeOf(status: RunStatus, stopWanted: LeaseOutcome | null, asked: boolean): LeaseOutcome {
  if (status.kind !== 'exited') return stopWanted ?? { kind: 'engine-lost' };
  if (stopWanted && (asked || status.exitCode !== 0)) return stopWanted;
  return status.outOfMemory ? { kind: 'out-of-memory' } : { kind: 'exited', exitCode: status.exitCode };
}
