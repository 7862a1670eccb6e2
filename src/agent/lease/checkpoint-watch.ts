import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

export interface CheckpointWatchDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sandbox: Pick<Sandbox, 'status' | 'checkpointAtMs'>;
  readonly leaseId: string;
}

/** Follows how much of a run its last checkpoint holds, so that its owner can be told what a stop costs. */
export interface CheckpointWatch {
  /** To be called now and then while the job runs. Returns at once, and asks the engine only now and then. @param unfrozenMs the meter's reading */
  look(unfrozenMs: number): void;
  /** Unfrozen time of this lease that the last checkpoint holds; null before the first. */
  savedMs(): number | null;
}

/** What is told may be too little by as much as lies between two looks, never too much by more than one save under way. */
const LOOK_EVERY_MS = 10_000;

export function watchCheckpoint({ clock, logger, sandbox, leaseId }: CheckpointWatchDeps): CheckpointWatch {
  let savedMs: number | null = null;
  let seenAtMs: number | null = null;
  let lookedMs = 0;
  let notBeforeMs = Number.NEGATIVE_INFINITY;

  async function ask(unfrozenMs: number): Promise<void> {
    const askedAtMs = clock.nowMs();
    const changedAtMs = await sandbox.checkpointAtMs(leaseId);
    if (changedAtMs === null) return;
    if (seenAtMs === null) {
      const run = await sandbox.status(leaseId);
      if (run.kind === 'absent' || run.kind === 'created') return;
      seenAtMs = run.startedAtMs; // what is older came with the job
    }
    if (changedAtMs > seenAtMs) {
      seenAtMs = changedAtMs;
      // It may have stood still since, or the agent was down: then less is told, but at least what had run when nothing was saved yet.
      savedMs = Math.max(lookedMs, unfrozenMs - Math.max(0, askedAtMs - changedAtMs));
    }
    lookedMs = unfrozenMs;
  }

  return {
    look(unfrozenMs) {
      if (clock.monotonicMs() < notBeforeMs) return;
      notBeforeMs = clock.monotonicMs() + LOOK_EVERY_MS;
      ask(unfrozenMs).catch((error: unknown) => logger.debug({ leaseId, error }, 'the age of the last checkpoint is not known now'));
    },
    savedMs: () => savedMs,
  };
}
