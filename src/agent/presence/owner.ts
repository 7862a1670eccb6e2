import type { OwnerMode } from '../../contract/model/presence.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Db } from '../store/open.ts';
import { readOwnerMode, writeOwnerMode } from '../store/owner-mode-row.ts';

/** The owner's own word, durable. A pause with an end turns into automatic by itself. */
export interface OwnerWord {
  mode(): OwnerMode;
  runNow(): void;
  pause(forMs: number | null): void;
  resume(): void;
  /** "Run now" is for one job: the job that took it makes the mode automatic again. */
  spendRunNow(): void;
}

export function openOwnerWord(db: Db, clock: Clock): OwnerWord {
  const say = (mode: OwnerMode): void => writeOwnerMode(db, mode);
  const mode = (): OwnerMode => {
    const said = readOwnerMode(db);
    return said.kind === 'paused' && said.untilMs !== null && said.untilMs <= clock.nowMs() ? { kind: 'automatic' } : said;
  };
  return {
    mode,
    runNow: () => say({ kind: 'run-now', sinceMs: clock.nowMs() }),
    pause: (forMs) => say({ kind: 'paused', untilMs: forMs === null ? null : clock.nowMs() + forMs }),
    resume: () => say({ kind: 'automatic' }),
    spendRunNow() {
      if (mode().kind === 'run-now') say({ kind: 'automatic' });
    },
  };
}
