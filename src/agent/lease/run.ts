import type { LeaseOutcome, LeaseResult } from '../../contract/model/lease.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import type { LeaseStep } from '../../contract/worker-api.ts';
import { delay } from '../../lib/delay.ts';
import { createPulse } from '../../lib/pulse.ts';
import type { RunStatus, Sandbox } from '../sandbox/sandbox.ts';
import type { LeaseRow } from '../store/lease-rows.ts';
import { createLogTail, pumpLog } from './log-pump.ts';
import { createMeter } from './meter.ts';
import { isEngineLost, outcomeOf, SIGNALLED } from './outcome.ts';
import { type NoteDeps, openRunNotes } from './run-notes.ts';
import type { Spool } from './spool.ts';

export interface RunDeps extends NoteDeps {
  readonly sandbox: Sandbox;
  /** Says that the engine stopped answering, so that it is looked for at once. */
  readonly engineLost: () => void;
  /** Says that what `view()` or the lease's row shows has changed. */
  readonly changed: () => void;
}

/** What the screen shows of a run beside its row. */
export interface RunView {
  readonly step: LeaseStep;
  readonly progress: number | null;
  readonly unfrozenMs: number;
  readonly logTail: readonly string[];
}

/** One lease from start to its durable result. */
export interface Run {
  readonly leaseId: string;
  view(): RunView;
  setFrozen(frozen: boolean): void;
  /** Ends the run with this outcome; the first wish stands. */
  stop(outcome: LeaseOutcome): void;
  /** Settles when the result is durable, or when the run was abandoned. Never rejects. */
  readonly finished: Promise<void>;
}

/** Usage is written this often, so that a crash loses at most so much billed time. */
const DURABLE_EVERY_MS = 1_000;
/** An owner who stays gets the machine back for good: worker.md, yield ladder, "evict". */
const EVICT_AFTER_FROZEN_MS = 10 * 60_000;
/** How long a vanished engine may take to come back before the lease is closed. */
const ENGINE_BACK_MS = 30_000;
/** After the container has exited its log ends at once; this bounds a hung engine. */
const LOG_END_MS = 10_000;
const ENGINE_POLL_MS = 500;
const never = new AbortController().signal;
const MAX_OUTPUT_BYTES = 2 ** 30;
const RETRY_WRITE_MS = 5_000;
/** setTimeout counts in a signed 32-bit number. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Starts a granted lease or adopts one that an earlier run of the agent has left. */
export function startRun(deps: RunDeps, spool: Spool, row: LeaseRow): Run {
  const { clock, logger, sandbox } = deps;
  const { terms } = row;
  const { leaseId } = terms;
  const meter = createMeter(row.unfrozenMs, terms.maxUnfrozenMs, clock.monotonicMs);
  const tail = createLogTail();
  const stopping = new AbortController();
  let stopWanted = row.stopWanted;
  let frozenWanted = true; // until presence has spoken: unknown means "do not run"
  let frozenSinceMs: number | null = null;
  let step: LeaseStep = 'checking-image';
  let progress: number | null = null;
  const turn = createPulse();
  const note = openRunNotes(deps, spool, row);

  const show = (nextStep: LeaseStep, nextProgress: number | null): void => {
    step = nextStep;
    progress = nextProgress;
    deps.changed();
  };

  /** A job whose owner came back before it began waits as a frozen one does, and is given up as one. */
  async function untilItMayRun(): Promise<void> {
    using turns = turn.listen(stopping.signal);
    const timer = setTimeout(() => stop({ kind: 'yielded' }), EVICT_AFTER_FROZEN_MS);
    try {
      while (frozenWanted && !stopping.signal.aborted) {
        show('frozen', null);
        await turns.next();
      }
    } finally {
      clearTimeout(timer);
    }
    stopping.signal.throwIfAborted();
  }

  async function bringUp(): Promise<void> {
    const found = await sandbox.status(leaseId);
    if (stopWanted && (found.kind === 'absent' || found.kind === 'created')) throw new Error('stopped before it began');
    if (found.kind === 'absent' || found.kind === 'created') {
      if (row.state !== 'granted' && row.state !== 'starting')
        throw new ProblemError('engine-lost', 'The container of a running job is gone.', 'The job is placed again.');
      note.state('start');
      await sandbox.prepare(
        {
          leaseId,
          uid: row.uid,
          image: terms.spec.image,
          command: terms.spec.command,
          env: terms.spec.env,
          inputsTar: terms.spec.inputs ? spool.inputsPath : null,
          memoryBytes: terms.spec.memoryBytes,
          diskBytes: terms.spec.diskBytes,
          cpus: terms.spec.cpus,
        },
        stopping.signal,
        show,
      );
      await untilItMayRun();
      show('starting', null);
      note.running(await sandbox.start(leaseId));
      return;
    }
    if (row.startedAtMs === null) note.running(found.startedAtMs); // the agent died between the container's start and the note of it
    // Nobody watched: as after a lost engine, an end by a signal is most likely that of the machine or the engine, not the job's own.
    if (found.kind === 'exited' && SIGNALLED.has(found.exitCode) && !found.outOfMemory)
      throw new ProblemError('engine-lost', 'The job was ended from outside while Nightshift was not running.', 'The job is placed again.');
  }

  /** Follows the container until it has exited. Level-triggered: each turn brings the container to what is wanted now. */
  async function follow(): Promise<RunStatus> {
    let exited: RunStatus | null = null;
    let failure: unknown = null;
    const giveUp = new AbortController();
    const waiting = sandbox.waitForExit(leaseId, giveUp.signal).then(
      (status) => {
        exited = status;
        meter.hold();
        turn.fire();
      },
      (error: unknown) => {
        failure = error;
        meter.hold();
        turn.fire();
      },
    );
    let killed = false;
    let receiptDueMs = clock.monotonicMs() + terms.receiptIntervalMs;
    using turns = turn.listen(giveUp.signal);
    const ticking = setInterval(turn.fire, Math.min(DURABLE_EVERY_MS, terms.receiptIntervalMs));
    const spending = setTimeout(turn.fire, Math.min(terms.maxUnfrozenMs - meter.readMs(), MAX_TIMER_MS));
    try {
      const found = await sandbox.status(leaseId);
      let frozen = found.kind === 'paused';
      note.state(frozen ? 'freeze' : 'thaw'); // a crash may have come between the engine's act and the note of it
      frozenSinceMs = frozen ? (frozenSinceMs ?? clock.monotonicMs()) : null;
      if (found.kind === 'running') meter.run();
      while (exited === null && failure === null) {
        if (stopWanted && !killed) {
          meter.hold();
          await sandbox.kill(leaseId);
          killed = true;
        } else if (frozenWanted && !frozen && !killed) {
          meter.hold();
          try {
            await sandbox.freeze(leaseId);
          } catch (error) {
            if (isEngineLost(error)) throw error;
            logger.warn({ leaseId, error }, 'the job could not be frozen and is killed'); // worker.md, yield ladder
            stop({ kind: 'yielded' });
            continue;
          }
          frozen = true;
          frozenSinceMs = clock.monotonicMs();
          note.state('freeze');
        } else if (!frozenWanted && frozen && !killed) {
          await sandbox.thaw(leaseId);
          if (exited === null && failure === null) meter.run();
          frozen = false;
          frozenSinceMs = null;
          note.state('thaw');
        }
        if (!frozen && clock.monotonicMs() >= receiptDueMs) {
          receiptDueMs += terms.receiptIntervalMs;
          note.usage(meter.readMs(), true);
        } else {
          note.usage(meter.readMs(), false);
        }
        if (meter.isSpent()) stop({ kind: 'timed-out' });
        if (frozenSinceMs !== null && clock.monotonicMs() - frozenSinceMs > EVICT_AFTER_FROZEN_MS) stop({ kind: 'yielded' });
        show(frozen ? 'frozen' : 'running', null);
        if (exited === null && failure === null) await turns.next();
      }
    } finally {
      clearInterval(ticking);
      clearTimeout(spending);
      meter.hold();
      giveUp.abort();
      await waiting;
    }
    if (exited) return exited;
    throw failure;
  }

  /** The engine went away: waits for it, unbilled. Null when it did not come back in time. */
  async function awaitEngine(): Promise<RunStatus | null> {
    const deadlineMs = clock.monotonicMs() + ENGINE_BACK_MS;
    while (clock.monotonicMs() < deadlineMs && !stopping.signal.aborted) {
      try {
        return await sandbox.status(leaseId);
      } catch (error) {
        logger.debug({ leaseId, error }, 'engine still away');
      }
      await delay(ENGINE_POLL_MS, stopping.signal);
    }
    return null;
  }

  async function runToExit(): Promise<LeaseOutcome> {
    let logEnd = new AbortController();
    let pumping: Promise<void> = Promise.resolve();
    try {
      await bringUp();
      for (;;) {
        logEnd = new AbortController();
        pumping = pumpLog(sandbox.log(leaseId, logEnd.signal), spool.logPath, spool.logBytes(), tail).catch((error: unknown) => {
          logger.warn({ leaseId, error }, 'log stream broke off');
        });
        try {
          return outcomeOf(await follow(), stopWanted);
        } catch (error) {
          if (!isEngineLost(error)) throw error;
          logger.warn({ leaseId }, 'the container engine went away');
          deps.engineLost();
          const back = await awaitEngine();
          // The log stream may have outlived what broke: waiting for its end would leave a running job unwatched.
          if (back?.kind !== 'exited') logEnd.abort();
          if (back?.kind === 'running' || back?.kind === 'paused') {
            await pumping;
            continue;
          }
          // A container that ended while the engine was away was most likely ended by that; only a clean exit is a result.
          return back?.kind === 'exited' && back.exitCode === 0 ? outcomeOf(back, stopWanted) : (stopWanted ?? { kind: 'engine-lost' });
        }
      }
    } catch (error) {
      if (stopWanted) return stopWanted;
      if (isEngineLost(error)) return { kind: 'engine-lost' };
      if (error instanceof ProblemError)
        return { kind: 'start-failed', code: error.problem.code, detail: `${error.problem.detail} ${error.problem.next}` };
      logger.error({ leaseId, error }, 'the run failed unexpectedly');
      await sandbox.kill(leaseId).catch((failure: unknown) => logger.warn({ leaseId, error: failure }, 'not killed; the wipe removes it'));
      return { kind: 'start-failed', code: 'internal', detail: error instanceof Error ? error.message : String(error) };
    } finally {
      meter.hold();
      const timer = setTimeout(() => logEnd.abort(), LOG_END_MS);
      await pumping;
      clearTimeout(timer);
    }
  }

  async function finish(): Promise<void> {
    let outcome = await runToExit();
    show('collecting', null);
    let artifacts: LeaseResult['artifacts'] = null;
    if (outcome.kind === 'exited' && outcome.exitCode === 0) {
      try {
        artifacts = await sandbox.collect(leaseId, terms.spec.outputs, spool.artifactsPath, MAX_OUTPUT_BYTES, never);
      } catch (error) {
        outcome = isEngineLost(error)
          ? { kind: 'engine-lost' }
          : { kind: 'outputs-refused', detail: error instanceof ProblemError ? error.problem.detail : 'The outputs could not be read.' };
        logger.warn({ leaseId, error }, 'outputs refused');
      }
    }
    while (!note.result(outcome, meter.readMs(), artifacts)) await delay(RETRY_WRITE_MS, never); // a full disk loses nothing: it is tried until it is written
    show('reporting', null);
    await sandbox.wipe(leaseId).catch((error: unknown) => {
      logger.warn({ leaseId, error }, 'not wiped yet; it is tried again when the lease is sealed');
    });
  }

  function stop(outcome: LeaseOutcome): void {
    if (stopWanted !== null) return;
    stopWanted = outcome;
    stopping.abort();
    turn.fire();
    note.stopWanted(outcome);
  }
  if (stopWanted) stopping.abort(); // wished before an earlier run of the agent ended

  const finished = finish().catch((error: unknown) => {
    // The row still says running: the next start of the agent takes it up again.
    logger.error({ leaseId, error }, 'the run broke off');
  });

  return {
    leaseId,
    view: () => ({ step, progress, unfrozenMs: meter.readMs(), logTail: tail.lines() }),
    setFrozen(frozen) {
      if (frozenWanted === frozen) return;
      frozenWanted = frozen;
      turn.fire();
    },
    stop,
    finished,
  };
}
