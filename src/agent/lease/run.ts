import { isFinalOutcome, type LeaseOutcome, type LeaseResult } from '../../contract/model/lease.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import type { LeaseStep } from '../../contract/worker-api.ts';
import type { Clock } from '../../lib/clock.ts';
import { delay } from '../../lib/delay.ts';
import type { Logger } from '../../lib/log.ts';
import { createPulse } from '../../lib/pulse.ts';
import type { Signer } from '../../lib/signing.ts';
import { issueReceipt } from '../earnings/receipts.ts';
import type { OwnerWord } from '../presence/owner.ts';
import type { RunStatus, Sandbox } from '../sandbox/sandbox.ts';
import {
  type LeaseRow,
  readLease,
  setLeaseEnded,
  setLeaseStarted,
  setLeaseState,
  setStopWanted,
  setUnfrozen,
} from '../store/lease-rows.ts';
import type { Db } from '../store/open.ts';
import { appendOutbox } from '../store/outbox-rows.ts';
import { readLastInterval } from '../store/receipt-rows.ts';
import { createLogTail, pumpLog } from './log-pump.ts';
import { type LeaseEvent, nextLeaseState } from './machine.ts';
import { createMeter } from './meter.ts';
import type { Spool } from './spool.ts';

export interface RunDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sandbox: Sandbox;
  readonly signer: Signer;
  readonly ownerWord: OwnerWord;
  /** Says that the engine stopped answering, so that it is looked for at once. */
  readonly engineLost: () => void;
  /** Says that the outbox has grown. */
  readonly outboxGrew: () => void;
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
/** 128 + SIGKILL and 128 + SIGTERM, which are what engines and systems that shut down send. */
const SIGNALLED: ReadonlySet<number> = new Set([137, 143]);
/** setTimeout counts in a signed 32-bit number. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Starts a granted lease or adopts one that an earlier run of the agent has left. */
export function startRun(deps: RunDeps, spool: Spool, row: LeaseRow): Run {
  const { db, clock, logger, sandbox } = deps;
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

  const show = (nextStep: LeaseStep, nextProgress: number | null): void => {
    step = nextStep;
    progress = nextProgress;
    deps.changed();
  };

  /** Moves the lease's row where the machine allows it. False: the network has sealed it meanwhile, and a sealed lease stays so. */
  function move(event: LeaseEvent): boolean {
    const state = readLease(db, leaseId)?.state;
    const next = state === undefined ? null : nextLeaseState(state, event);
    if (next !== null) setLeaseState(db, leaseId, next);
    return next !== null;
  }

  /** As `move`, for a run that goes on also where it cannot be written now. */
  const note = (event: LeaseEvent): void => void durably(event, () => move(event));

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
      move('start');
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
      markRunning(await sandbox.start(leaseId));
      return;
    }
    if (row.startedAtMs === null) markRunning(found.startedAtMs); // the agent died between the container's start and the note of it
    // Nobody watched: as after a lost engine, an end by a signal is most likely that of the machine or the engine, not the job's own.
    if (found.kind === 'exited' && SIGNALLED.has(found.exitCode) && !found.outOfMemory)
      throw new ProblemError('engine-lost', 'The job was ended from outside while Nightshift was not running.', 'The job is placed again.');
  }

  function markRunning(startedAtMs: number): void {
    db.transaction(() => {
      if (!move('started')) return;
      setLeaseStarted(db, leaseId, startedAtMs);
      appendOutbox(db, { kind: 'lease-running', leaseId, leaseEpoch: terms.leaseEpoch, startedAtMs });
    })();
    deps.outboxGrew();
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
      note(frozen ? 'freeze' : 'thaw'); // a crash may have come between the engine's act and the note of it
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
          note('freeze');
        } else if (!frozenWanted && frozen && !killed) {
          await sandbox.thaw(leaseId);
          if (exited === null && failure === null) meter.run();
          frozen = false;
          frozenSinceMs = null;
          note('thaw');
        }
        if (!frozen && clock.monotonicMs() >= receiptDueMs) {
          receiptDueMs += terms.receiptIntervalMs;
          writeUsage(true);
        } else {
          writeUsage(false);
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

  /** Writes the usage so far, with a receipt for it where one is due: one reading for both, so that no later one can be below it. */
  function writeUsage(withReceipt: boolean): void {
    const unfrozenMs = meter.readMs();
    const written = durably('usage', () => {
      if (readLease(db, leaseId)?.state === 'sealed') return;
      setUnfrozen(db, leaseId, unfrozenMs);
      if (withReceipt) issueReceipt(db, deps.signer, terms, unfrozenMs, clock.nowMs());
    });
    if (written && withReceipt) deps.outboxGrew();
  }

  /** Writes all or nothing. False when that is not possible now (a full disk): usage is cumulative, so the next writing makes up for it. */
  function durably(what: string, write: () => unknown): boolean {
    try {
      db.transaction(write)();
      return true;
    } catch (error) {
      logger.error({ leaseId, what, error }, 'could not be written; it is tried again');
      return false;
    }
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
    while (!writeResult(outcome, artifacts)) await delay(RETRY_WRITE_MS, never); // a full disk loses nothing: it is tried until it is written
    deps.outboxGrew();
    show('reporting', null);
    await sandbox.wipe(leaseId).catch((error: unknown) => {
      logger.warn({ leaseId, error }, 'not wiped yet; it is tried again when the lease is sealed');
    });
  }

  /** The result, its final receipt and the lease's end, all or nothing. False when it could not be written now. */
  function writeResult(outcome: LeaseOutcome, artifacts: LeaseResult['artifacts']): boolean {
    const unfrozenMs = meter.readMs();
    return durably('result', () => {
      if (readLease(db, leaseId)?.state === 'sealed') return; // the network closed it meanwhile
      setUnfrozen(db, leaseId, unfrozenMs);
      const ran = unfrozenMs > 0 || readLastInterval(db, leaseId, terms.leaseEpoch) > 0;
      const finalReceipt = ran ? issueReceipt(db, deps.signer, terms, unfrozenMs, clock.nowMs()) : null;
      setLeaseEnded(db, leaseId, outcome, clock.nowMs());
      appendOutbox(db, {
        kind: 'result',
        result: {
          leaseId,
          leaseEpoch: terms.leaseEpoch,
          outcome,
          finalReceipt,
          logBytes: spool.logBytes(),
          artifacts,
          endedAtMs: clock.nowMs(),
        },
      });
      // "Run now" was for one job, and that job has not had its run.
      if (row.runNow && !isFinalOutcome(outcome) && outcome.kind !== 'owner-stopped' && deps.ownerWord.mode().kind === 'automatic')
        deps.ownerWord.runNow();
    });
  }

  function stop(outcome: LeaseOutcome): void {
    if (stopWanted !== null) return;
    stopWanted = outcome;
    stopping.abort();
    turn.fire();
    durably('wish to stop', () => setStopWanted(db, leaseId, outcome)); // a full disk must not keep a job running
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

const isEngineLost = (error: unknown): boolean => error instanceof ProblemError && error.problem.code === 'engine-lost';

function outcomeOf(status: RunStatus, stopWanted: LeaseOutcome | null): LeaseOutcome {
  if (status.kind !== 'exited') return stopWanted ?? { kind: 'engine-lost' };
  if (stopWanted && status.exitCode !== 0) return stopWanted;
  return status.outOfMemory ? { kind: 'out-of-memory' } : { kind: 'exited', exitCode: status.exitCode };
}
