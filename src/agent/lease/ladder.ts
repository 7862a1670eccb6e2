import type { YieldMeans } from '../../contract/model/presence.ts';
import type { Clock } from '../../lib/clock.ts';
import { delay } from '../../lib/delay.ts';
import type { Logger } from '../../lib/log.ts';
import type { Verdict } from '../presence/verdict.ts';
import { isEngineLost } from '../sandbox/engine-fault.ts';
import type { ControlGroup, RunStatus, Sandbox } from '../sandbox/sandbox.ts';
import type { Meter } from './meter.ts';

import type { YieldLog } from './yield-log.ts';

export interface LadderDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sandbox: Pick<Sandbox, 'freeze' | 'thaw' | 'limitCpus' | 'terminate' | 'kill'>;
  readonly leaseId: string;
  readonly meter: Meter;
  readonly yields: YieldLog;
  /** Processors that the job may use when nothing holds it back. */
  readonly cpus: number;
  /** Processors of the machine. */
  readonly cpuCount: number;
  /** Says that the run's next turn is due. */
  readonly turn: () => void;
  /** The owner gets the machine back for good: the run is to end as yielded. Returns at once. */
  readonly giveUp: () => void;
}

/** How a job stands, as far as it is verified. `slow`: it runs with a part of its processors. */
export type Standing = 'running' | 'slow' | 'still';

/**
 * The yield ladder of one job: freeze, else throttle, else kill. What gives the machine back is done in the turn in which it is decided,
 * where the job's control group is ours to write; the engine's calls, and all that gives the machine to the job, belong to the run's turns.
 */
export interface Ladder {
  /** What presence asks now; before the first word it is taken to ask for a standstill. */
  apply(verdict: Verdict): void;
  mayRun(): boolean;
  standing(): Standing;
  /** Since when the job stands still, or is held back as far as it can be, on the monotonic clock. */
  stillSinceMs(): number | null;
  /** Folder of the control group that counts the job's processor time; null: unknown. */
  usageFolder(): string | null;
  /** Takes hold of the job's container, anew after the engine was lost. `fresh`: it was started just now, with all its processors. */
  attach(group: ControlGroup | null, status: RunStatus, fresh: boolean): void;
  /** Brings the job to what is asked, as far as one turn goes. Throws `engine-lost`. */
  settle(): Promise<void>;
  /** The owner stays: lets the job save its state for so long with a tenth of a processor, then gives it up. */
  giveGrace(graceMs: number, asked: () => void): Promise<void>;
  /** Ends the job; to be called each turn until it is gone. Throws `engine-lost`. */
  end(): Promise<void>;
  /** Ends the job by our own hand alone, and waits until nothing of it is left, at most so long. Does nothing where its control group is not ours. */
  endForCertain(withinMs: number): Promise<void>;
  /** The container has exited, or nobody follows it now: no time is counted before it goes on. */
  halt(): void;
  /** The run is over: closes the control group. */
  release(): void;
}

/** A job that cannot be frozen, or that saves its state while the owner is here, has this much: worker.md, "yield ladder". */
const LEAST_CPUS = 0.1;
/** The kernel freezes a group in less than a millisecond, unless a thread hangs in a system call; then the engine is asked too. */
const OWN_FREEZE_MS = 250;
const LOOK_AGAIN_MS = 1;
/** How often the processes of an ended job are looked for, and killed, until none is left. */
const HUNT_MS = 5;
/** By then our own kill has worked, or never will. */
const OWN_KILL_MS = 1_000;
/** Then a throttle is quicker: under a job that burns every core the engine's pause failed in 17 of 57 tries, and took 0.1 s each. */
const ENGINE_FREEZES = 2;
/** The engine's pause after our own freeze only makes its status right: one that refuses (runc does, in the same freezer) is left alone. */
const FOLLOW_REFUSALS = 2;
const STILL = { kind: 'still' } as const;
const NEVER = new AbortController().signal;

type Wanted = typeof STILL | { readonly kind: 'running' | 'slow'; readonly cpus: number };

export function createLadder(deps: LadderDeps): Ladder {
  const { clock, logger, sandbox, leaseId, meter, yields } = deps;
  let verdict: Verdict | null = null;
  let attached = false;
  let group: ControlGroup | null = null;
  let standing: Standing = 'running';
  let stillSinceMs: number | null = null;
  let enginePaused = false;
  let ownFreeze: 'none' | 'ordered' | 'failed' = 'none';
  let freezingSinceMs: number | null = null;
  let followRefusals = 0;
  /** Limit that is in force; null: unknown. */
  let limitedTo: number | null = null;
  let throttleFails = false;
  let leaving: AbortController | null = null;
  let counting = false;
  let gone = false;
  let over = false;
  let heldBack = false;
  let measured = true;
  let endingSinceMs: number | null = null;
  let engineKillDueMs = 0;
  let endMeans: YieldMeans = 'kill';
  let looking: NodeJS.Timeout | undefined;
  let hunting: NodeJS.Timeout | undefined;

  function wanted(): Wanted {
    switch (verdict?.kind) {
      case 'run':
        return { kind: 'running', cpus: deps.cpus };
      case 'throttle': {
        const cpus = verdict.cpuShare * deps.cpuCount;
        if (cpus >= deps.cpus) return { kind: 'running', cpus: deps.cpus };
        return throttleFails ? STILL : { kind: 'slow', cpus };
      }
      default:
        return STILL;
    }
  }
  const isWanted = (want: Wanted): boolean => {
    const now = wanted();
    return now.kind === want.kind && (now.kind === 'still' || want.kind === 'still' || now.cpus === want.cpus);
  };

  function beginYield(kind: 'freeze' | 'throttle' | 'evict'): void {
    if (measured && verdict !== null && verdict.kind !== 'run') yields.begin(kind, verdict.causes, verdict.sinceMonotonicMs);
  }

  function hold(): void {
    counting = false;
    meter.hold();
  }

  function count(cpus: number): void {
    counting = true;
    meter.run(cpus / deps.cpus);
  }

  /** Gives the machine back as far as that can be done in this turn. */
  function obey(): void {
    if (endingSinceMs !== null) return;
    if (verdict?.kind === 'evict') {
      beginYield('evict');
      endMeans = 'kill';
      kill();
      deps.giveUp();
      return;
    }
    if (leaving) return; // it is on its way out, at a tenth of a processor
    const want = wanted();
    if (want.kind === 'still' && standing !== 'still') {
      beginYield('freeze');
      hold();
      orderFreeze();
    } else if (want.kind === 'slow' && standing !== 'still' && limitedTo !== want.cpus) {
      if (standing === 'running') beginYield('throttle');
      hold();
      if (group?.limitCpus(want.cpus)) slowedTo(want.cpus);
    }
  }

  function orderFreeze(): void {
    if (group === null || freezingSinceMs !== null) return;
    clearTimeout(looking);
    ownFreeze = 'ordered';
    freezingSinceMs = clock.monotonicMs();
    if (group.freeze()) lookWhetherFrozen();
    else ownFreezeFailed();
  }

  function lookWhetherFrozen(): void {
    if (group === null || freezingSinceMs === null) return;
    if (wanted().kind !== 'still' || endingSinceMs !== null) {
      freezingSinceMs = null; // the next turn thaws it
    } else if (group.isFrozen()) {
      freezingSinceMs = null;
      stoodStill('cgroup');
    } else if (clock.monotonicMs() - freezingSinceMs > OWN_FREEZE_MS) {
      ownFreezeFailed();
    } else {
      group.freeze(); // version 1 tries those anew that did not stop
      looking = setTimeout(lookWhetherFrozen, LOOK_AGAIN_MS);
    }
  }

  function ownFreezeFailed(): void {
    freezingSinceMs = null;
    ownFreeze = 'failed';
    yields.failed();
    deps.turn();
  }

  function stoodStill(means: YieldMeans): void {
    if (endingSinceMs !== null) return;
    standing = 'still';
    heldBack = false;
    stillSinceMs ??= clock.monotonicMs();
    yields.done(means);
    deps.turn();
  }

  function slowedTo(cpus: number): void {
    if (endingSinceMs !== null) return;
    limitedTo = cpus;
    standing = 'slow';
    heldBack = false;
    if (wanted().kind === 'slow') stillSinceMs = null; // it may stay: the owner allows this share
    if (wanted().kind === 'slow' && !gone) count(cpus);
    yields.done('throttle');
    deps.turn();
  }

  /** Ends the job by our own hand, until nothing of it is left. */
  function kill(): void {
    hold();
    leaving?.abort();
    if (endingSinceMs !== null) return;
    endingSinceMs = clock.monotonicMs();
    clearTimeout(looking);
    hunt();
  }

  function hunt(): void {
    if (group === null) return;
    if (group.isEmpty()) {
      yields.done(endMeans);
      return;
    }
    group.kill();
    clearTimeout(hunting);
    hunting = setTimeout(hunt, HUNT_MS);
  }

  async function limit(cpus: number): Promise<void> {
    if (limitedTo === cpus) return;
    limitedTo = null; // until it is done
    if (!group?.limitCpus(cpus)) await sandbox.limitCpus(leaseId, cpus);
    limitedTo = cpus;
  }

  async function thaw(): Promise<void> {
    if (enginePaused) await sandbox.thaw(leaseId);
    enginePaused = false;
  }

  /** Gives the job what it may have now. The owner may come back at every `await`: then the job is where it was, or obeys anew. */
  async function goOn(want: Exclude<Wanted, typeof STILL>): Promise<void> {
    if (counting && standing === want.kind && limitedTo === want.cpus) {
      if (want.kind === 'slow') group?.limitCpus(want.cpus); // a manager of the system may have written its own figure
      return;
    }
    try {
      await limit(want.cpus);
    } catch (error) {
      if (isEngineLost(error)) throw error;
      logger.warn({ leaseId, error }, 'the processors of the job could not be limited');
      if (want.kind === 'slow') {
        throttleFails = true; // then it stands still instead
        obey();
        return;
      }
    }
    await thaw();
    if (endingSinceMs !== null || gone) return;
    if (!isWanted(want)) {
      if (ownFreeze !== 'ordered') standing = 'running';
      obey();
      deps.turn();
      return;
    }
    if (ownFreeze !== 'none') group?.thaw();
    ownFreeze = 'none';
    freezingSinceMs = null;
    heldBack = false;
    const before = standing;
    standing = want.kind;
    stillSinceMs = null;
    count(want.cpus);
    if (want.kind === 'slow' && before === 'running') yields.done('throttle');
    if (want.kind === 'running') yields.resumed();
  }

  /** The rungs below our own freeze. */
  async function holdBack(): Promise<void> {
    hold();
    const again = heldBack; // by a throttle: it is frozen when that works, one try a turn
    if (again && group?.freeze() && group.isFrozen()) {
      ownFreeze = 'ordered';
      return stoodStill('cgroup');
    }
    try {
      await sandbox.freeze(leaseId, again ? { attempts: 1 } : { attempts: ENGINE_FREEZES, onRefused: yields.failed });
      enginePaused = true;
      stoodStill('engine');
    } catch (error) {
      if (isEngineLost(error)) throw error;
      if (again || endingSinceMs !== null) return;
      logger.warn({ leaseId, error }, 'the job could not be frozen and is throttled');
      await throttleInstead();
    }
  }

  async function throttleInstead(): Promise<void> {
    try {
      await limit(LEAST_CPUS);
    } catch (error) {
      if (isEngineLost(error)) throw error;
      logger.warn({ leaseId, error }, 'the job could not be throttled either and is killed');
      kill();
      deps.giveUp();
      return;
    }
    if (wanted().kind !== 'still') return;
    slowedTo(LEAST_CPUS);
    heldBack = true;
    stillSinceMs ??= clock.monotonicMs();
  }

  async function stayStill(): Promise<void> {
    if (group === null || enginePaused) return;
    if (!group.isFrozen() && !group.isEmpty()) {
      logger.warn({ leaseId }, 'something thawed the job; it is frozen again');
      standing = 'running';
      orderFreeze();
    } else if (followRefusals < FOLLOW_REFUSALS) {
      try {
        await sandbox.freeze(leaseId, { attempts: 1 });
        enginePaused = true;
      } catch (error) {
        if (isEngineLost(error)) throw error;
        followRefusals += 1;
        logger.debug({ leaseId, error }, 'the engine does not pause a job that is frozen');
      }
    }
  }

  return {
    apply(next) {
      const before = verdict;
      verdict = next;
      const same =
        before?.kind === next.kind && (before.kind !== 'throttle' || next.kind !== 'throttle' || before.cpuShare === next.cpuShare);
      if (same || over) return;
      if (attached) obey();
      else if (next.kind === 'evict') deps.giveUp();
      deps.turn();
    },
    mayRun: () => wanted().kind !== 'still',
    standing: () => standing,
    stillSinceMs: () => stillSinceMs,
    usageFolder: () => group?.usageFolder ?? null,
    attach(found, status, fresh) {
      group?.close();
      group = found;
      attached = true;
      gone = false;
      enginePaused = status.kind === 'paused';
      ownFreeze = group?.isFrozen() ? 'ordered' : 'none';
      freezingSinceMs = null;
      const still = enginePaused || ownFreeze === 'ordered';
      standing = still ? 'still' : 'running';
      stillSinceMs = still ? (stillSinceMs ?? clock.monotonicMs()) : null;
      limitedTo = fresh ? deps.cpus : null;
      if (endingSinceMs !== null) return hunt();
      measured = fresh; // else nobody watched, and there is no time to measure from
      obey();
      measured = true;
    },
    async settle() {
      if (endingSinceMs !== null || gone) return;
      const want = wanted();
      if (want.kind !== 'still') await goOn(want);
      else if (standing === 'still') await stayStill();
      else if (freezingSinceMs === null) await holdBack();
    },
    async giveGrace(graceMs, asked) {
      const causes = verdict !== null && verdict.kind !== 'run' ? verdict.causes : [];
      yields.begin('evict', causes, clock.monotonicMs());
      leaving = new AbortController();
      if (graceMs > 0) {
        try {
          await limit(LEAST_CPUS);
          asked();
          if (!group?.terminate()) await sandbox.terminate(leaseId);
          await thaw();
          group?.thaw();
          endMeans = 'grace';
          await delay(graceMs, leaving.signal);
        } catch (error) {
          logger.warn({ leaseId, error }, 'the job could not be given its grace');
        }
      }
      kill();
      deps.giveUp();
    },
    async end() {
      kill();
      const waitedMs = clock.monotonicMs() - (endingSinceMs ?? 0);
      if ((group !== null && waitedMs < OWN_KILL_MS) || clock.monotonicMs() < engineKillDueMs) return;
      engineKillDueMs = clock.monotonicMs() + OWN_KILL_MS;
      await sandbox.kill(leaseId);
    },
    async endForCertain(withinMs) {
      if (group === null || group.isEmpty()) return;
      kill();
      const deadlineMs = clock.monotonicMs() + withinMs;
      while (group !== null && !group.isEmpty() && clock.monotonicMs() < deadlineMs) await delay(HUNT_MS, NEVER);
    },
    halt() {
      gone = true;
      hold();
      leaving?.abort();
    },
    release() {
      clearTimeout(looking);
      clearTimeout(hunting);
      if (endingSinceMs !== null) yields.done(endMeans);
      group?.close();
      group = null;
      over = true; // what the job has left is its own now: no later word makes it unfinished
    },
  };
}
