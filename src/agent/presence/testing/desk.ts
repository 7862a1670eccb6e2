import { pino } from 'pino';
import type { Settings } from '../../../contract/model/settings.ts';
import type { Clock } from '../../../lib/clock.ts';
import { tempFolder } from '../../../lib/testing/temp-folder.ts';
import { openStore } from '../../store/open.ts';
import { type OwnerWord, openOwnerWord } from '../owner.ts';
import { watchPresence } from '../presence.ts';
import type { PolicyInput } from '../reasons.ts';
import type { OpenedSensors, SensorsDeps } from '../sensors/sensors.ts';
import { openSleepKeeper } from '../sleep/sleep-keeper.ts';
import { openWakeTimer } from '../sleep/wake-timer.ts';
import type { RunningJob, Verdict } from '../verdict.ts';
import { ABLE, DEFAULTS } from './signals.ts';

/** A worker at its owner's machine: the production policy over opened sensors, with a job that obeys and a clock that a test moves. */
export interface Desk extends AsyncDisposable {
  readonly clock: Clock;
  /** The owner says something. */
  say(word: (owner: OwnerWord) => void): void;
  /** Of the last verdict; null: no job is there. */
  verdict(): Verdict | null;
  /** A job runs in full, or a new one could start. */
  isFree(): boolean;
  mayStart(): boolean;
  idleDelayMs(): number;
  /** Settings on top of those of `reset`. */
  set(settings: Partial<Settings>): void;
  setDevices(devices: PolicyInput['devices']): void;
  /** The wall clock is set, as by its owner or NTP. */
  setWall(ms: number): void;
  /** Time goes by that nobody waits for. */
  passTime(ms: number): void;
  /** The owner says "run now", and a job begins by that leave. */
  runNow(): void;
  /** The machine sleeps: this process and its monotonic clock stand still for so long. */
  sleepFor(ms: number): void;
  /** The machine shall wake for the schedule; null: no more. */
  wakeAt(wallMs: number | null): void;
  /** Calls back at each decision. */
  onDecision(listener: () => void): Disposable;
  reset(): void;
}

/** The least idle delay there is, so that a matrix of situations takes minutes. `cpuByOthersShare` 1: tests share their machine with other programs. */
export const AT_ONCE: Settings = { ...DEFAULTS, 'presence.idleDelayMs': 1_000, 'presence.cpuByOthersShare': 1 };
const CPU_ONLY: PolicyInput['devices'] = [{ id: 'dev_1', class: 'cpu', fault: null }];

/** `open` is given what production gives to `openSensors`, but for the environment and the root. */
export async function openDesk(open: (deps: Omit<SensorsDeps, 'env' | 'root'>) => Promise<OpenedSensors>): Promise<Desk> {
  let wallAheadMs = 0;
  let monotonicAheadMs = 0;
  const clock: Clock = {
    nowMs: () => Date.now() + wallAheadMs,
    monotonicMs: () => performance.now() + monotonicAheadMs,
  };
  const db = openStore(tempFolder());
  const owner = openOwnerWord(db, clock);
  let settings = AT_ONCE;
  let devices = CPU_ONLY;
  let job: RunningJob | null = null;
  let verdict: Verdict | null = null;
  const listeners = new Set<() => void>();

  let sensed: () => void = () => undefined; // until presence is there to be told
  const rtc = tempFolder();
  const keeper = await openSleepKeeper({
    clock,
    logger: pino({ level: 'silent' }),
    woke: () => setImmediate(presence.decide),
    wakeTimer: openWakeTimer({ root: rtc, nowMs: clock.nowMs }),
  });
  const { sensors, settled } = await open({
    monotonicMs: clock.monotonicMs,
    wallMs: clock.nowMs,
    changed: () => sensed(),
    namedPrograms: () => [...settings['programs.freezeFor'], ...settings['programs.evictFor']],
    jobCgroups: () => [],
    jobsCpuMs: () => 0,
    gpuJobRuns: () => job?.deviceClass === 'gpu',
    nvml: null,
  });
  const presence = watchPresence({
    clock,
    sensors,
    input: () => ({ ...ABLE, mode: owner.mode(), settings, devices, wokeAtMonotonicMs: keeper.wokeAtMonotonicMs() }),
    running: () => job,
    apply(verdictOf) {
      if (job === null) return;
      verdict = verdictOf(job);
      if (verdict.kind === 'evict') job = null;
      tell();
    },
    decided() {
      keeper.look();
      if (job === null && presence.mayStart()) start();
      presence.setWorking(job !== null);
      if (presence.isSuspending() && verdict?.kind !== 'run') settled();
      tell();
    },
  });
  sensed = presence.sense;

  function start(): void {
    const [device] = devices;
    job = { leaseId: 'lease_1', deviceId: 'dev_1', deviceClass: device?.class ?? 'cpu', runNow: owner.mode().kind === 'run-now' };
    verdict = { kind: 'run' };
    owner.spendRunNow();
  }
  function tell(): void {
    for (const listener of listeners) listener();
  }

  return {
    clock,
    say(word) {
      word(owner);
      presence.decide();
    },
    verdict: () => verdict,
    isFree: () => (job !== null && verdict?.kind === 'run') || presence.mayStart(),
    mayStart: presence.mayStart,
    idleDelayMs: () => settings['presence.idleDelayMs'],
    set(more) {
      settings = { ...settings, ...more };
      presence.decide();
    },
    setDevices(next) {
      devices = next;
    },
    setWall(ms) {
      wallAheadMs = ms - Date.now();
    },
    passTime(ms) {
      wallAheadMs += ms;
      monotonicAheadMs += ms;
    },
    runNow() {
      job = null;
      owner.runNow();
      presence.decide();
    },
    sleepFor(ms) {
      const atMs = clock.monotonicMs();
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
      monotonicAheadMs = atMs - performance.now();
    },
    wakeAt: (wallMs) => keeper.want({ awake: false, wakeAtMs: wallMs }),
    onDecision(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => listeners.delete(listener) };
    },
    reset() {
      wallAheadMs = 0;
      settings = AT_ONCE;
      devices = CPU_ONLY;
      owner.resume();
      keeper.want({ awake: false, wakeAtMs: null });
      if (job?.runNow) job = null;
      presence.decide();
    },
    async [Symbol.asyncDispose]() {
      await presence[Symbol.asyncDispose]();
      await keeper[Symbol.asyncDispose]();
      db.close();
    },
  };
}
