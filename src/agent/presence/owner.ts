import { nextMorningMs, type OwnerMode } from '../../contract/model/presence.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Db } from '../store/open.ts';
import { readOwnerMode, writeOwnerMode } from '../store/owner-mode-row.ts';

/** The owner's own word, durable. Whatever was said ends by itself, so that automatic mode always comes back. */
export interface OwnerWord {
  mode(): OwnerMode;
  runNow(): void;
  pauseFor(ms: number): void;
  /** Until the next morning. */
  pauseUntilTomorrow(): void;
  /** The running job goes on; nothing new starts before the next morning. */
  finishJob(): void;
  resume(): void;
  /** "Run now" is for one job: the job that took it makes the mode automatic again. */
  spendRunNow(): void;
}

export function openOwnerWord(db: Db, clock: Clock): OwnerWord {
  let said = anchored(readOwnerMode(db), clock.nowMs());
  let saidAtMonotonicMs = clock.monotonicMs();
  const say = (mode: OwnerMode): void => {
    writeOwnerMode(db, mode);
    said = mode;
    saidAtMonotonicMs = clock.monotonicMs();
  };
  return {
    mode() {
      said = modeAfter(said, clock.nowMs(), clock.monotonicMs() - saidAtMonotonicMs);
      return said;
    },
    runNow: () => say({ kind: 'run-now', sinceMs: clock.nowMs() }),
    pauseFor: (ms) => say({ kind: 'paused', sinceMs: clock.nowMs(), untilMs: clock.nowMs() + ms }),
    pauseUntilTomorrow: () => say({ kind: 'paused', sinceMs: clock.nowMs(), untilMs: nextMorningMs(clock.nowMs()) }),
    finishJob: () => say({ kind: 'finishing', sinceMs: clock.nowMs(), untilMs: nextMorningMs(clock.nowMs()) }),
    resume: () => say({ kind: 'automatic' }),
    spendRunNow() {
      if (said.kind === 'run-now') say({ kind: 'automatic' });
    },
  };
}

/** "Now" is no longer now after this; a job that came later would start under the hands of somebody who has forgotten. */
const RUN_NOW_MS = 3_600_000;

/** What is left of the owner's word. A clock that is set back meanwhile makes no pause longer: `elapsedMs`, monotonic, ends it as well. */
export function modeAfter(mode: OwnerMode, nowMs: number, elapsedMs: number): OwnerMode {
  if (mode.kind === 'run-now')
    return Math.abs(nowMs - mode.sinceMs) >= RUN_NOW_MS || elapsedMs >= RUN_NOW_MS ? { kind: 'automatic' } : mode;
  if (mode.kind !== 'paused' && mode.kind !== 'finishing') return mode;
  return nowMs >= mode.untilMs || elapsedMs >= mode.untilMs - mode.sinceMs ? { kind: 'automatic' } : mode;
}

/** A pause of an earlier run that seems to lie ahead was said by a clock that has been set back since: its length counts from now. */
function anchored(mode: OwnerMode, nowMs: number): OwnerMode {
  if ((mode.kind !== 'paused' && mode.kind !== 'finishing') || mode.sinceMs <= nowMs) return mode;
  return { ...mode, sinceMs: nowMs, untilMs: nowMs + mode.untilMs - mode.sinceMs };
}
