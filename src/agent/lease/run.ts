import { isFinalOutcome, type LeaseOutcome, type LeaseResult } from '../../contract/model/lease.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import { MAX_ARCHIVE_BYTES } from '../../contract/session-api.ts';
import type { LeaseStep } from '../../contract/worker-api.ts';
import { delay } from '../../lib/delay.ts';
import { createPulse } from '../../lib/pulse.ts';
import type { RunningJob, Verdict } from '../presence/verdict.ts';
import { isEngineLost } from '../sandbox/engine-fault.ts';
import type { GpuGrant } from '../sandbox/gpu/gpu-request.ts';
import type { JobSandbox, RunStatus } from '../sandbox/sandbox.ts';
import type { LeaseRow } from '../store/lease-rows.ts';
import { watchCheckpoint } from './checkpoint-watch.ts';
import { keepConnections } from './connections.ts';
import type { GpuMemory } from './gpu-memory.ts';
import { jobOf } from './job-of.ts';
import { createLadder } from './ladder.ts';
import { createLogTail, pumpLog } from './log-pump.ts';
import { createMeter } from './meter.ts';
import { outcomeOf, SIGNALLED } from './outcome.ts';
import { type NoteDeps, openRunNotes } from './run-notes.ts';
import type { Spool } from './spool.ts';
import { openYieldLog } from './yield-log.ts';

export interface RunDeps extends NoteDeps {
  readonly sandbox: JobSandbox;
  /** Logical processors of the machine. */
  readonly cpuCount: number;
  /** What a job on this device is given of the machine's GPUs; null: none, it is no GPU. Throws ProblemError where it cannot be given now. */
  readonly gpuOf: (deviceId: string) => GpuGrant | null;
  readonly gpuMemory: Pick<GpuMemory, 'taken' | 'left'>;
  /** How long a job stands still while the owner is here before it is given up: the setting `presence.evictAfterMs`. */
  readonly evictAfterMs: () => number;
  /** Says that a yield was written down, or that one is over. */
  readonly yielded: () => void;
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
  readonly throttled: boolean;
  /** Unfrozen time that the last checkpoint holds; null before the first. */
  readonly checkpointSavedMs: number | null;
  readonly logTail: readonly string[];
}

/** One lease from start to its durable result. */
export interface Run {
  readonly job: RunningJob;
  /** Folder of the control group that counts the job's processor time; null: none that this process can see. */
  usageFolder(): string | null;
  view(): RunView;
  /** False once the result is written: the device is free for another. */
  holdsDevice(): boolean;
  /** What presence asks of the job now; obeyed before this returns as far as that can be. Costs nothing where nothing changes. */
  apply(verdict: Verdict): void;
  /** Ends the run with this outcome; the first wish stands. */
  stop(outcome: LeaseOutcome): void;
  /** Settles when the result is durable, or when the run was abandoned. Never rejects. */
  readonly finished: Promise<void>;
}

/** What is wanted of the container is looked at this often besides every change. */
const TURN_EVERY_MS = 1_000;
/** Usage is written this often, so that a crash loses at most so much billed time. */
const DURABLE_EVERY_MS = 3_000;
/** So long the preparation of a job goes on beside an owner who has come back. */
const PREPARE_BESIDE_OWNER_MS = 5_000;
/** How long a vanished engine may take to come back before the lease is closed. */
const ENGINE_BACK_MS = 30_000;
/** After the container has exited its log ends at once; this bounds a hung engine. */
const LOG_END_MS = 10_000;
const ENGINE_POLL_MS = 500;
/** Twice what an eviction may take. */
const CERTAIN_END_MS = 10_000;
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
  const graceMs = terms.spec.checkpoint?.graceMs ?? 0; // at most MAX_GRACE_MS, by its schema
  const meter = createMeter(row.unfrozenMs, terms.maxUnfrozenMs, clock.monotonicMs);
  const tail = createLogTail();
  const saves = terms.spec.checkpoint && watchCheckpoint({ clock, logger, sandbox, leaseId });
  const stopping = new AbortController();
  let stopWanted = row.stopWanted;
  /** The job was asked to save its state and leave, perhaps by an earlier run of the agent, which notes its wish first. */
  let asked = stopWanted?.kind === 'yielded' && graceMs > 0;
  let resultWritten = false;
  let step: LeaseStep = 'checking-image';
  let progress: number | null = null;
  const turn = createPulse();
  const note = openRunNotes(deps, spool, row);
  const ladder = createLadder({
    clock,
    logger,
    sandbox,
    leaseId,
    meter,
    yields: openYieldLog(deps, leaseId, terms.spec.name),
    cpus: Math.min(terms.spec.cpus, deps.cpuCount),
    cpuCount: deps.cpuCount,
    turn: turn.fire,
    giveUp() {
      if (want({ kind: 'yielded' })) setImmediate(() => note.stopWanted({ kind: 'yielded' })); // the next job's freeze does not wait for the disk
    },
  });

  const show = (nextStep: LeaseStep, nextProgress: number | null): void => {
    step = nextStep;
    progress = nextProgress;
    deps.changed();
  };

  /** A pull or a disk being made would go on beside an owner who has come back: it is given up unless the owner leaves again at once. */
  function givenUpWhileOwnerIsHere(): Disposable {
    let sinceMs: number | null = null;
    const looking = setInterval(() => {
      sinceMs = ladder.mayRun() ? null : (sinceMs ?? clock.monotonicMs());
      if (sinceMs !== null && clock.monotonicMs() - sinceMs >= PREPARE_BESIDE_OWNER_MS) stop({ kind: 'yielded' });
    }, TURN_EVERY_MS);
    return { [Symbol.dispose]: () => clearInterval(looking) };
  }

  /** A job whose owner came back before it began waits as a frozen one does, and is given up as one. */
  async function untilItMayRun(): Promise<void> {
    using turns = turn.listen(stopping.signal);
    const timer = setTimeout(() => stop({ kind: 'yielded' }), deps.evictAfterMs());
    try {
      while (!ladder.mayRun() && !stopping.signal.aborted) {
        show('frozen', null);
        await turns.next();
      }
    } finally {
      clearTimeout(timer);
    }
    stopping.signal.throwIfAborted();
  }

  /** True: the container was started just now. */
  async function bringUp(): Promise<boolean> {
    const found = await sandbox.status(leaseId);
    if (stopWanted && (found.kind === 'absent' || found.kind === 'created')) throw new Error('stopped before it began');
    if (found.kind === 'absent' || found.kind === 'created') {
      if (row.state !== 'granted' && row.state !== 'starting')
        throw new ProblemError('engine-lost', 'The container of a running job is gone.', 'The job is placed again.');
      note.state('start');
      using _ = givenUpWhileOwnerIsHere();
      const gpu = deps.gpuOf(terms.deviceId);
      await sandbox.prepare(
        {
          leaseId,
          uid: row.uid,
          image: terms.spec.image,
          command: terms.spec.command,
          env: terms.spec.env,
          inputsTar: terms.spec.inputs ? spool.pathOf('inputs') : null,
          checkpoint: terms.spec.checkpoint && {
            intervalMs: terms.spec.checkpoint.intervalMs,
            tar: terms.checkpoint ? spool.pathOf('checkpoint') : null,
          },
          memoryBytes: terms.spec.memoryBytes,
          diskBytes: terms.spec.diskBytes,
          cpus: terms.spec.cpus,
          gpu,
          network: terms.spec.network,
        },
        stopping.signal,
        show,
      );
      await untilItMayRun();
      if (gpu !== null) deps.gpuMemory.taken(leaseId, terms.deviceId);
      show('starting', null);
      note.running(await sandbox.start(leaseId));
      return true;
    }
    if (row.startedAtMs === null) note.running(found.startedAtMs); // the agent died between the container's start and the note of it
    // Nobody watched: as after a lost engine, an end by a signal is most likely that of the machine or the engine, not the job's own.
    if (found.kind === 'exited' && SIGNALLED.has(found.exitCode) && !found.outOfMemory)
      throw new ProblemError('engine-lost', 'The job was ended from outside while Nightshift was not running.', 'The job is placed again.');
    return false;
  }

  /** Follows the container until it has exited. Level-triggered: each turn brings the container to what is wanted now. */
  async function follow(fresh: boolean): Promise<RunStatus> {
    let exited: RunStatus | null = null;
    let failure: unknown = null;
    const giveUp = new AbortController();
    const waiting = sandbox.waitForExit(leaseId, giveUp.signal).then(
      (status) => {
        exited = status;
        ladder.halt();
        turn.fire();
      },
      (error: unknown) => {
        failure = error;
        ladder.halt();
        turn.fire();
      },
    );
    let receiptDueMs = clock.monotonicMs() + terms.receiptIntervalMs;
    let usageDueMs = clock.monotonicMs() + DURABLE_EVERY_MS;
    using turns = turn.listen(giveUp.signal);
    const ticking = setInterval(turn.fire, Math.min(TURN_EVERY_MS, terms.receiptIntervalMs));
    const spending = setTimeout(turn.fire, Math.min(terms.maxUnfrozenMs - meter.readMs(), MAX_TIMER_MS));
    try {
      const found = await sandbox.status(leaseId);
      ladder.attach(await sandbox.controlGroup(leaseId), found, fresh);
      let notedStill: boolean | null = null; // a crash may have come between the ladder's act and the note of it
      while (exited === null && failure === null) {
        if (stopWanted) await ladder.end();
        else await ladder.settle();
        const still = ladder.standing() === 'still';
        const turned = still !== notedStill;
        if (turned) note.state(still ? 'freeze' : 'thaw');
        notedStill = still;
        const receiptDue = !still && clock.monotonicMs() >= receiptDueMs;
        if (receiptDue) receiptDueMs = Math.max(receiptDueMs + terms.receiptIntervalMs, clock.monotonicMs()); // none for time that stood still
        if (receiptDue || turned || (!still && clock.monotonicMs() >= usageDueMs)) {
          note.usage(meter.readMs(), receiptDue);
          usageDueMs = clock.monotonicMs() + DURABLE_EVERY_MS;
        }
        if (!still) saves?.look(meter.readMs());
        if (meter.isSpent()) stop({ kind: 'timed-out' });
        show(still ? 'frozen' : 'running', null);
        const stillSinceMs = ladder.stillSinceMs();
        if (!stopWanted && exited === null && stillSinceMs !== null && clock.monotonicMs() - stillSinceMs > deps.evictAfterMs()) {
          await ladder.giveGrace(graceMs, () => {
            asked = true;
            note.stopWanted({ kind: 'yielded' }); // first: after a crash an exit with 0 must not pass for the end of the work
          });
        } else if (exited === null && failure === null) {
          await turns.next();
        }
      }
    } finally {
      clearInterval(ticking);
      clearTimeout(spending);
      ladder.halt();
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
    let known = false; // that the container has ended, by the engine's word
    try {
      let fresh = await bringUp();
      for (;;) {
        logEnd = new AbortController();
        pumping = pumpLog(sandbox.log(leaseId, logEnd.signal), spool.logPath, spool.logBytes(), tail).catch((error: unknown) => {
          logger.warn({ leaseId, error }, 'log stream broke off');
        });
        try {
          const ended = await follow(fresh);
          known = true;
          return outcomeOf(ended, stopWanted, asked);
        } catch (error) {
          if (!isEngineLost(error)) throw error;
          fresh = false;
          logger.warn({ leaseId }, 'the container engine went away');
          deps.engineLost();
          const back = await awaitEngine();
          // The log stream may have outlived what broke: waiting for its end would leave a running job unwatched.
          if (back?.kind !== 'exited') logEnd.abort();
          if (back?.kind === 'running' || back?.kind === 'paused') {
            await pumping;
            continue;
          }
          known = back?.kind === 'exited' || back?.kind === 'absent';
          // A container that ended while the engine was away was most likely ended by that; only a clean exit is a result.
          return back?.kind === 'exited' && back.exitCode === 0
            ? outcomeOf(back, stopWanted, asked)
            : (stopWanted ?? { kind: 'engine-lost' });
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
      ladder.halt();
      if (!known) await ladder.endForCertain(CERTAIN_END_MS); // an engine that is away can neither freeze nor end what still runs
      ladder.release();
      const timer = setTimeout(() => logEnd.abort(), LOG_END_MS);
      await pumping;
      clearTimeout(timer);
    }
  }

  /** What the job has saved, for its next attempt. Where there is nothing good, that goes on from what the network has already. */
  async function collectCheckpoint(): Promise<LeaseResult['checkpoint']> {
    try {
      return await sandbox.collectCheckpoint(leaseId, spool.checkpointPath, Math.min(terms.spec.diskBytes, MAX_ARCHIVE_BYTES), never);
    } catch (error) {
      logger.warn({ leaseId, error }, 'what the job has saved could not be brought back');
      return null;
    }
  }

  async function finish(): Promise<void> {
    let outcome = await runToExit();
    deps.gpuMemory.left(leaseId, terms.deviceId);
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
    const checkpoint = terms.spec.checkpoint && !isFinalOutcome(outcome) ? await collectCheckpoint() : null;
    while (!note.result(outcome, meter.readMs(), { artifacts, checkpoint })) await delay(RETRY_WRITE_MS, never); // a full disk loses nothing: it is tried until it is written
    resultWritten = true;
    show('reporting', null);
    await keepConnections(deps, terms)
      .then(() => sandbox.wipe(leaseId))
      .catch((error: unknown) => {
        logger.warn({ leaseId, error }, 'not wiped yet; it is tried again when the lease is sealed');
      });
  }

  /** The first wish stands. */
  function want(outcome: LeaseOutcome): boolean {
    if (stopWanted !== null) return false;
    stopWanted = outcome;
    stopping.abort();
    turn.fire();
    return true;
  }
  function stop(outcome: LeaseOutcome): void {
    if (want(outcome)) note.stopWanted(outcome);
  }
  if (stopWanted) stopping.abort(); // wished before an earlier run of the agent ended

  const finished = finish().catch((error: unknown) => {
    // The row still says running: the next start of the agent takes it up again.
    logger.error({ leaseId, error }, 'the run broke off');
  });

  return {
    job: jobOf(row),
    usageFolder: ladder.usageFolder,
    view: () => ({
      step,
      progress,
      unfrozenMs: meter.readMs(),
      throttled: ladder.standing() === 'slow',
      checkpointSavedMs: saves?.savedMs() ?? null,
      logTail: tail.lines(),
    }),
    holdsDevice: () => !resultWritten,
    apply: ladder.apply,
    stop,
    finished,
  };
}
