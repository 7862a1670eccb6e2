import type { BenchmarkOccasion, BenchmarkRecord, BenchmarkRun, DeviceBenchmark } from '../contract/model/benchmark.ts';
import type { Alarm, HardwareDevice } from '../contract/model/device.ts';
import { ProblemError } from '../contract/model/problem.ts';
import type { WorkerState } from '../contract/worker-api.ts';
import { newId } from '../lib/ids.ts';
import type { Logger } from '../lib/log.ts';
import { type DeviceBenchmarksDeps, openDeviceBenchmarks } from './benchmark/device-benchmarks.ts';
import { failureRecord, interruptedRecord, resultRecord, runIdOf } from './benchmark/records.ts';
import type { BenchmarkOptions, BenchmarkOutcome } from './benchmark/run.ts';
import { unmeasurable } from './benchmark/standing.ts';
import { forgetBenchmark, readBenchmarks, writeBenchmark } from './store/benchmark-rows.ts';

export type BenchmarksView = WorkerState['benchmarks'];

/** Beside these nothing is measured: the figures would be wrong, and so would theirs. */
export type Hindrance = 'job' | 'sandbox-check' | 'battery';

export interface BenchmarkKeeperDeps extends DeviceBenchmarksDeps {
  readonly logger: Logger;
  /** Measures one device (benchmark/run.ts). */
  readonly measure: (request: Pick<BenchmarkOptions, 'device' | 'others' | 'progress' | 'signal'>) => Promise<BenchmarkOutcome>;
  /** Null: nothing of the kind. */
  readonly hindrance: () => Hindrance | null;
  /** Something is wrong with this device, for which it is quarantined. */
  readonly raise: (deviceId: string, alarm: Alarm) => void;
  /** What is shown has changed. */
  readonly changed: () => void;
  /** A run has ended, one way or the other, and what it needed can be given back. */
  readonly ended: () => void;
}

export interface Surroundings {
  readonly ownerIsHere: boolean;
  /** The machine is hotter, or draws more, than its owner allows. */
  readonly isOverLimit: boolean;
}

/** Measures the devices of this machine, one at a time: at the owner's wish, and by itself when a result is missing or no longer counts. */
export interface BenchmarkKeeper extends AsyncDisposable {
  /** The same object while nothing has changed. */
  view(): BenchmarksView;
  /** A device is measured now, or will be at the next look: nothing is offered meanwhile. */
  isRunning(): boolean;
  /**
   * Begins what waits or is due. Ends what may not go on: anything where there is a hindrance, and what began by itself also when somebody comes.
   * To be called whenever one of these may have changed.
   */
  lookAfter(now: Surroundings): void;
  /**
   * Measures these devices one after the other, beginning at the next look; every GPU where none is named, and the software adapters where there is
   * no GPU. Throws `device-busy`, `not-found`, `device-lost`, `not-measurable`.
   */
  start(deviceIds: readonly string[]): void;
  /** Ends the run, if there is one, at the owner's wish, and forgets what waits. */
  cancel(): void;
  /** How the last 100 runs of a device ended, newest first. Throws `not-found`. */
  history(deviceId: string): readonly BenchmarkRecord[];
}

/** Why a run is ended from here. `closing`: the agent ends, and what was written when the run began stands. */
type Ending = Hindrance | 'owner-came' | 'over-limit' | 'cancelled' | 'closing';

interface Run {
  shown: BenchmarkRun;
  ending: Ending | null;
  readonly cancel: AbortController;
  readonly ended: Promise<void>;
}

const ENDING_WORDS: Readonly<Record<Exclude<Ending, 'closing' | 'owner-came'>, string>> = {
  cancelled: 'The benchmark was cancelled.',
  job: 'The benchmark gave way to a job.',
  'sandbox-check': 'The benchmark gave way to the check of the sandbox.',
  'over-limit': 'The machine grew hotter, or drew more power, than you allow.',
  battery: 'The machine went on battery, where devices are slower.',
};
/** What could not even begin, on a full disk for instance, is tried again after so long. */
const AGAIN_MS = 3_600_000;

export function openBenchmarkKeeper(deps: BenchmarkKeeperDeps): BenchmarkKeeper {
  const { db, clock, logger } = deps;
  const known = openDeviceBenchmarks(deps);
  let running: Run | null = null;
  let waiting: string[] = [];
  let putOffUntilMonotonicMs = Number.NEGATIVE_INFINITY;
  let shown: BenchmarksView = { running: null, waiting, devices: known.all() };

  function begin(device: HardwareDevice, occasion: BenchmarkOccasion): void {
    const startedAtMs = clock.nowMs();
    const runId = newId('run', startedAtMs);
    const first = {
      runId,
      deviceId: device.id,
      occasion,
      startedAtMs,
      step: 'starting',
      progress: 0,
      remainingMs: null,
      detail: null,
    } as const;
    writeBenchmark(db, interruptedRecord(first)); // stands where this process, or the machine, does not live to write the end
    known.refresh(device.id, runId);
    // Measures in another turn, when `running` is set.
    const run: Run = {
      shown: first,
      ending: null,
      cancel: new AbortController(),
      ended: Promise.resolve().then(() => follow(device, run)),
    };
    running = run;
    deps.changed();
  }

  async function follow(device: HardwareDevice, run: Run): Promise<void> {
    const outcome = await measure(device, run);
    try {
      settle(device, run, outcome);
    } catch (error) {
      logger.error({ error, runId: run.shown.runId }, 'the end of a benchmark could not be written down');
    }
    running = null;
    try {
      known.refresh(device.id, null);
    } catch (error) {
      logger.error({ error, runId: run.shown.runId }, 'the history of a device cannot be read'); // a broken disk must not take the agent along
    }
    deps.changed();
    deps.ended();
  }

  async function measure(device: HardwareDevice, run: Run): Promise<BenchmarkOutcome> {
    try {
      return await deps.measure({
        device,
        others: deps.devices().filter(({ id }) => id !== device.id),
        signal: run.cancel.signal,
        progress(update) {
          const isNewStep = update.step !== run.shown.step;
          run.shown = { ...run.shown, ...update };
          if (isNewStep) noteStep(run.shown);
          deps.changed();
        },
      });
    } catch (error) {
      logger.error({ error, runId: run.shown.runId }, 'a benchmark broke off');
      const fix = 'Try again; the log of the agent has the cause.';
      return { kind: 'failed', step: run.shown.step, code: 'failed', detail: 'The benchmark broke off.', fix };
    }
  }

  /** So that it is known in which step a machine went down. */
  function noteStep(run: BenchmarkRun): void {
    try {
      writeBenchmark(db, interruptedRecord(run));
    } catch (error) {
      logger.warn({ error, runId: run.runId }, 'the step of a benchmark could not be written down');
    }
  }

  /** Writes how a run has ended: only what is written is shown. */
  function settle(device: HardwareDevice, run: Run, outcome: BenchmarkOutcome): void {
    if (outcome.kind === 'done') {
      writeBenchmark(db, resultRecord(device, run.shown, outcome));
      return;
    }
    const { ending } = run;
    if (outcome.code === 'cancelled' && ending !== null) {
      if (ending === 'closing') return;
      // One that went over a limit would do so again at once: written down, it waits as after any failure.
      const isOwners = ending === 'cancelled' || ending === 'over-limit';
      const leavesNoTrace = ending === 'owner-came' || (!isOwners && run.shown.occasion !== 'asked');
      if (leavesNoTrace) forgetBenchmark(db, run.shown.runId);
      else writeBenchmark(db, failureRecord(run.shown, { ...outcome, detail: ENDING_WORDS[ending] }));
      return;
    }
    if (outcome.code === 'wrong-results')
      deps.raise(device.id, { code: 'wrong-results', sinceMs: clock.nowMs(), detail: outcome.detail, fix: outcome.fix });
    writeBenchmark(db, failureRecord(run.shown, outcome));
  }

  function end(ending: Ending): void {
    if (waiting.length > 0 && ending !== 'owner-came' && ending !== 'over-limit') waiting = [];
    if (running === null || running.ending !== null) return;
    running.ending = ending;
    running.cancel.abort();
  }

  function beginNext(): void {
    const [next, ...rest] = waiting;
    waiting = rest;
    const device = deps.devices().find(({ id }) => id === next);
    if (device !== undefined && unmeasurable(device, deps.hasAdapter(device)) === null) begin(device, 'asked');
    else deps.changed();
  }

  function beginDue(): void {
    const nowMs = clock.nowMs();
    const due = known.all().find(({ nextAtMs }) => nextAtMs !== null && nextAtMs <= nowMs);
    const device = deps.devices().find(({ id }) => id === due?.deviceId);
    if (due !== undefined && device !== undefined) begin(device, occasionOf(due));
  }

  return {
    view() {
      const devices = known.all();
      const run = running?.shown ?? null;
      if (shown.running !== run || shown.waiting !== waiting || shown.devices !== devices) shown = { running: run, waiting, devices };
      return shown;
    },
    isRunning: () => running !== null || waiting.length > 0,
    lookAfter({ ownerIsHere, isOverLimit }) {
      const hindrance = deps.hindrance();
      if (hindrance !== null) {
        end(hindrance);
        return;
      }
      const mayBeginByItself = !ownerIsHere && !isOverLimit && deps.settings()['benchmark.automatic'];
      if (running !== null) {
        if (running.shown.occasion !== 'asked' && !mayBeginByItself) end(isOverLimit && !ownerIsHere ? 'over-limit' : 'owner-came');
        return;
      }
      if (clock.monotonicMs() < putOffUntilMonotonicMs) return;
      try {
        if (waiting.length > 0) beginNext();
        else if (mayBeginByItself) beginDue();
      } catch (error) {
        logger.error({ error }, 'a benchmark could not begin');
        waiting = []; // what waits keeps jobs away
        putOffUntilMonotonicMs = clock.monotonicMs() + AGAIN_MS;
      }
    },
    start(deviceIds) {
      refuse(deps.hindrance());
      const wanted = chosen(deps, deviceIds);
      putOffUntilMonotonicMs = Number.NEGATIVE_INFINITY;
      const current = running?.ending === null ? running : null; // one that is being ended is measured again
      // One that began by itself is now the owner's, and no longer gives way to them.
      if (current !== null && wanted.includes(current.shown.deviceId)) current.shown = { ...current.shown, occasion: 'asked' };
      waiting = [...new Set([...waiting, ...wanted])].filter((id) => id !== current?.shown.deviceId);
      deps.changed();
    },
    cancel() {
      end('cancelled');
      deps.changed();
    },
    history(deviceId) {
      const records = readBenchmarks(db, deviceId).filter((record) => runIdOf(record) !== running?.shown.runId);
      if (records.length === 0) find(deps.devices(), deviceId);
      return records;
    },
    async [Symbol.asyncDispose]() {
      end('closing');
      await running?.ended;
    },
  };
}

function refuse(hindrance: Hindrance | null): void {
  switch (hindrance) {
    case null:
      return;
    case 'job':
      throw new ProblemError('device-busy', 'A job runs on this machine.', 'Measure when it has ended, or stop the job.');
    case 'sandbox-check':
      throw new ProblemError('device-busy', 'The sandbox is being checked.', 'Measure when that has ended, or cancel it.');
    case 'battery':
      throw new ProblemError('not-measurable', 'This machine runs on battery, where devices are slower.', 'Plug it in, then measure.');
  }
}

/** The ids that the owner's wish comes to. */
function chosen({ devices, hasAdapter }: Pick<BenchmarkKeeperDeps, 'devices' | 'hasAdapter'>, deviceIds: readonly string[]): string[] {
  if (deviceIds.length > 0)
    return deviceIds.map((id) => {
      const device = find(devices(), id);
      const problem = unmeasurable(device, hasAdapter(device));
      if (problem !== null) throw new ProblemError(problem.code, problem.detail, problem.next);
      return id;
    });
  const able = devices().filter((device) => unmeasurable(device, hasAdapter(device)) === null);
  const gpus = able.filter(({ kind }) => kind === 'gpu');
  if (able.length === 0)
    throw new ProblemError(
      'not-measurable',
      'This machine has no GPU that can be measured.',
      'npx nightshift doctor says what is missing.',
    );
  return (gpus.length > 0 ? gpus : able).map(({ id }) => id);
}

function find(devices: readonly HardwareDevice[], deviceId: string): HardwareDevice {
  const device = devices.find(({ id }) => id === deviceId);
  if (device === undefined)
    throw new ProblemError('not-found', `This machine has no device ${deviceId}.`, 'npx nightshift devices list shows them.');
  return device;
}

function occasionOf({ standing }: DeviceBenchmark): BenchmarkOccasion {
  if (standing === 'none') return 'first';
  return standing === 'changed' ? 'changed' : 'scheduled';
}
