import type { Presence, Reason, SensorReport } from '../../contract/model/presence.ts';
import type { Settings } from '../../contract/model/settings.ts';
import type { Clock } from '../../lib/clock.ts';
import { assess, freshMemory, type Holding, type PolicyMemory, reasonsNotToStart, toPresence, verdictFor } from './policy.ts';
import type { PolicyInput } from './reasons.ts';
import { readSchedule, type ScheduleReader } from './schedule.ts';
import { fuseAll, reportSensors, type Said } from './sensors/fuse.ts';
import type { GpuUse, Pace, Reading, Sensor } from './signals.ts';
import type { RunningJob, Verdict } from './verdict.ts';

export interface PresenceDeps {
  readonly clock: Clock;
  readonly sensors: readonly Sensor[];
  /** What the decision depends on besides the sensors and the time, as it is now. */
  readonly input: () => Omit<PolicyInput, 'readings' | 'schedule'>;
  /** The job that holds a device now. */
  readonly running: () => RunningJob | null;
  /** Carries the verdict out, in the same turn as the reading that led to it. */
  readonly apply: (verdictOf: (job: RunningJob) => Verdict) => void;
  /** Called when what is shown of a decision has changed, and every second or two besides. */
  readonly decided: () => void;
}

/** Watches the owner and the machine and decides. */
export interface PresenceWatch extends AsyncDisposable {
  /** Decides again, by what the sensors said last, and has it shown. */
  decide(): void;
  /** Reads every sensor and decides: one that learns by events has news. */
  sense(): void;
  /** Fast sensing goes on only while something of ours runs. */
  setWorking(working: boolean): void;
  /** Whether a new job may start. */
  mayStart(): boolean;
  presence(): Presence;
  /** The capability report. */
  report(): readonly SensorReport[];
  /** The machine is about to sleep. */
  isSuspending(): boolean;
  /** On mains power, as far as is known; a machine without a battery always is. */
  onAc(): boolean;
  /** What others than our jobs use of the GPUs; null: not known. */
  gpuUses(): readonly GpuUse[] | null;
  /** When the schedule next opens, wall clock; null: never, or it is open. */
  opensAtMs(): number | null;
}

/** What cannot tell by an event is asked 66 times a second while a job runs: with the freeze itself well within 100 ms. */
const EVERY_MS: { readonly [P in Pace]: number } = { fast: 15, brisk: 250, calm: 1_000 };
/** While nothing of ours runs; what learns by events decides at once all the same. */
const WAITING_EVERY_MS = 2_000;
/** Past the wobble of the times shown, so that one more look is enough. */
const AFTER_THE_END_MS = 20;
const MIN_PAUSE_MS = 50;
/** A little less than the calm pace, whose timer wavers. */
const TELL_EVERY_MS = 900;
/** Times that only wobble with the readings are not worth a new frame. */
const WOBBLE_MS = 750;

export function watchPresence(deps: PresenceDeps): PresenceWatch {
  const { clock } = deps;
  const said: Said[] = deps.sensors.map((sensor) => ({ sensor, reading: sensor.read() }));
  let memory: PolicyMemory = freshMemory;
  let holding: readonly Holding[] = [];
  let shown: Presence | null = null;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let report = reportSensors(said);
  let readings = fuseAll(said);
  const schedule = rememberSchedule();

  const inputNow = (): PolicyInput => {
    const rest = deps.input();
    const hours = schedule(rest.settings);
    const wallMs = clock.nowMs();
    const open = hours.isOpen(wallMs);
    return { ...rest, readings, schedule: { open, opensAtMs: open ? null : hours.opensAtMs(wallMs) } };
  };

  function decide(): void {
    const input = inputNow();
    const now = { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
    ({ memory, holding } = assess(memory, input, now));
    deps.apply((job) => verdictFor(holding, input, job));
    const next = toPresence(holding, input, deps.running(), schedule(input.settings).opensAtMs);
    const sinceMs = shown?.decision === next.decision ? shown.sinceMs : now.wallMs;
    const before = shown;
    shown = steady({ ...next, sinceMs }, before);
    if (before === null || now.monotonicMs - toldAtMs >= TELL_EVERY_MS || JSON.stringify(before) !== JSON.stringify(shown)) tell();
  }

  function tell(): void {
    toldAtMs = clock.monotonicMs();
    deps.decided();
  }

  /** Reads the sensors of these paces. Says whether one of them has news: an idle time that only goes on growing is none. */
  function read(paces: ReadonlySet<Pace>): boolean {
    let news = false;
    for (const [index, { sensor, reading: before }] of said.entries()) {
      if (!paces.has(sensor.pace)) continue;
      const reading = sensor.read();
      said[index] = { sensor, reading };
      news ||= !isNoNews(before, reading);
      if (before.kind !== reading.kind) report = [];
    }
    readings = fuseAll(said);
    if (report.length === 0) report = reportSensors(said);
    return news;
  }

  const all: ReadonlySet<Pace> = new Set(['fast', 'brisk', 'calm']);
  const sense = (): void => {
    read(all);
    decide();
  };
  let ticking = setTimeout(tick, EVERY_MS.calm);
  /** Once a second while a job runs; half as often while none does, but to the moment when the last reason ends. */
  function tick(): void {
    if (closed) return;
    sense();
    adjust();
    const untilMs =
      working || shown === null || shown.nextEligibleAtMs === null ? Number.POSITIVE_INFINITY : shown.nextEligibleAtMs - clock.nowMs();
    const pauseMs = working ? EVERY_MS.calm : Math.min(WAITING_EVERY_MS, Math.max(untilMs + AFTER_THE_END_MS, MIN_PAUSE_MS));
    ticking = setTimeout(tick, pauseMs);
  }
  let closed = false;
  let working = false;
  const quick = new Map<Pace, NodeJS.Timeout>();

  /** A timer that fires 66 times a second costs a percent of a core by itself: it runs only where a source has to be asked that often. */
  function adjust(): void {
    for (const pace of ['fast', 'brisk'] as const) {
      const wanted = working && said.some(({ sensor, reading }) => sensor.pace === pace && reading.kind !== 'absent');
      const timer = quick.get(pace);
      if (wanted === (timer !== undefined)) continue;
      clearInterval(timer);
      quick.delete(pace);
      if (!wanted) continue;
      const paces = new Set<Pace>([pace]);
      const readAndDecide = (): void => {
        if (read(paces)) decide();
      };
      quick.set(pace, setInterval(readAndDecide, EVERY_MS[pace]));
    }
  }

  return {
    decide() {
      toldAtMs = Number.NEGATIVE_INFINITY; // something else that is shown has changed
      decide();
    },
    sense,
    setWorking(isWorking) {
      if (working === isWorking || closed) return;
      working = isWorking;
      adjust();
      clearTimeout(ticking);
      ticking = setTimeout(tick, EVERY_MS.calm);
    },
    mayStart: () => shown !== null && reasonsNotToStart(holding, inputNow()).length === 0,
    presence() {
      if (shown === null) decide();
      if (shown === null) throw new Error('a decision shows nothing');
      return shown;
    },
    report: () => report,
    isSuspending: () => readings.sleep.kind === 'known' && readings.sleep.value.suspending,
    onAc: () => readings.power.kind === 'absent' || (readings.power.kind === 'known' && readings.power.value.onAc),
    gpuUses: () => (readings.gpu.kind === 'known' ? readings.gpu.value : readings.gpu.kind === 'absent' ? [] : null),
    opensAtMs() {
      const { open, opensAtMs } = inputNow().schedule;
      return open ? null : opensAtMs;
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(ticking);
      for (const timer of quick.values()) clearInterval(timer);
      await Promise.all(deps.sensors.map((sensor) => sensor.close()));
    },
  };
}

/** Whether a later reading of the same source says the same, or only that time has passed. */
function isNoNews(before: Reading<unknown>, after: Reading<unknown>): boolean {
  if (before.kind !== after.kind) return false;
  if (before.kind !== 'known' || after.kind !== 'known') return true;
  const was = idleMsOf(before.value);
  const is = idleMsOf(after.value);
  return was !== null && is !== null ? is >= was : JSON.stringify(before.value) === JSON.stringify(after.value);
}

const idleMsOf = (value: unknown): number | null =>
  typeof value === 'object' && value !== null && 'idleMs' in value && typeof value.idleMs === 'number' ? value.idleMs : null;

/** Reads the schedule anew only when its settings have changed. */
function rememberSchedule(): (settings: Settings) => ScheduleReader {
  let last: { readonly settings: Settings; readonly reader: ScheduleReader } | null = null;
  return (settings) => {
    if (last?.settings !== settings) {
      const reader = readSchedule({
        hours: settings['schedule.hours'],
        timeZone: settings['schedule.timeZone'],
        openDates: settings['schedule.openDates'],
      });
      last = { settings, reader };
    }
    return last.reader;
  };
}

/** Keeps the times shown before where the new ones differ by a wobble. */
function steady(next: Presence, before: Presence | null): Presence {
  if (before === null) return next;
  const keep = (value: number | null, old: number | null | undefined): number | null =>
    value !== null && old !== null && old !== undefined && Math.abs(value - old) < WOBBLE_MS ? old : value;
  const untilBefore = new Map(before.reasons.map((reason) => [reason.code, reason.untilMs]));
  const reasons: Reason[] = next.reasons.map((reason) => ({ ...reason, untilMs: keep(reason.untilMs, untilBefore.get(reason.code)) }));
  return { ...next, reasons, nextEligibleAtMs: keep(next.nextEligibleAtMs, before.nextEligibleAtMs) };
}
