import type { Alarm, DeviceHealth, HardwareDevice } from '../../../contract/model/device.ts';
import { ProblemError } from '../../../contract/model/problem.ts';
import type { Settings } from '../../../contract/model/settings.ts';
import {
  type DeviceSample,
  type TelemetryHistory,
  type TelemetryPoint,
  type TelemetryRange,
  telemetryStepMs,
} from '../../../contract/model/telemetry.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/log.ts';
import type { Db } from '../../store/open.ts';
import { deleteQuarantine, readQuarantines, writeQuarantine } from '../../store/quarantine-rows.ts';
import { pruneTelemetry, readTelemetry, startOfStep, writeTelemetry } from '../../store/telemetry-rows.ts';
import { lookAgain, NOTHING_SEEN, type Watch } from './alarms.ts';
import { healthOf, isInForce, isSameHealth, quarantineFor } from './health.ts';

/** What telemetry needs of the inventory. */
export interface SampledHardware {
  /** The same array while nothing has changed. */
  devices(): readonly HardwareDevice[];
  /** Null where the device sleeps, is lost, or tells nothing. */
  sample(deviceId: string): DeviceSample | null;
}

export interface TelemetryDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly hardware: SampledHardware;
  readonly settings: () => Settings;
  /** The health of a device is another. */
  readonly changed: () => void;
  readonly logger: Logger;
}

/** What the devices do, have done, and how they are. */
export interface Telemetry extends Disposable {
  /** One look at every device; once a second, and no more than that counts. */
  tick(nowMs: number): void;
  /** The last look at each device that gave a sample; the same object while no sample is another. */
  latest(): Readonly<Record<string, DeviceSample>>;
  /** The devices of the inventory with their health; the same array while nothing has changed. */
  devices(): readonly HardwareDevice[];
  /** Throws `not-found`. */
  health(deviceId: string): DeviceHealth;
  history(deviceId: string, range: TelemetryRange): TelemetryHistory;
  /** Something is so wrong with this device that nothing may run on it for a while. It alone is quarantined, longer each time. */
  raise(deviceId: string, alarm: Omit<Alarm, 'sinceMs'>): void;
  /** The owner ends a quarantine, and what was before is forgotten. Throws `not-found`, `device-lost`. */
  release(deviceId: string): void;
  /** Makes what was seen so far durable. */
  flush(): void;
}

/** Of each range so many steps are told; for ever: all. */
const STEPS: Readonly<Record<TelemetryRange, number>> = { minutes: 3_600, days: 10_080, ever: Number.POSITIVE_INFINITY };
/** While nothing can be written, because the disk is full, so many seconds wait. */
const MAX_WAITING = 600;
/** Seldom, for it reads what is kept; often enough that it never takes as long as a job may run on after a key press. */
const PRUNE_EVERY_MS = 600_000;

export function openTelemetry(deps: TelemetryDeps): Telemetry {
  const { db, clock, hardware, logger } = deps;
  /** Seconds of each device that are not written yet. */
  const waiting = new Map<string, TelemetryPoint[]>();
  const watches = new Map<string, Watch>();
  const quarantines = new Map(readQuarantines(db));
  let latest: Readonly<Record<string, DeviceSample>> = {};
  let lookedAtMs: number | null = null;
  let prunedAtMs: number | null = null;
  let found: readonly HardwareDevice[] = [];
  let shown: readonly HardwareDevice[] = [];

  function look(nowMs: number): void {
    const values = deps.settings();
    const limits = { gpuLimitC: values['thermal.gpuLimitC'], cpuLimitC: values['thermal.cpuLimitC'] };
    const samples: Record<string, DeviceSample> = {};
    for (const device of hardware.devices()) {
      const sample = hardware.sample(device.id);
      const { watch, breach } = lookAgain(watches.get(device.id) ?? NOTHING_SEEN, device, sample, limits);
      watches.set(device.id, watch);
      if (breach !== null) quarantine(device.id, { ...breach, sinceMs: nowMs });
      if (sample === null) continue;
      samples[device.id] = sample;
      keep(device.id, sample, nowMs);
    }
    const ids = Object.keys(samples);
    if (ids.length !== Object.keys(latest).length || ids.some((id) => samples[id] !== latest[id])) latest = samples;
  }

  function keep(deviceId: string, sample: DeviceSample, nowMs: number): void {
    const { busyShare, temperatureC, powerW, vramUsedBytes, coreClockMhz } = sample;
    const atMs = startOfStep(nowMs, telemetryStepMs.minutes);
    const points = waiting.get(deviceId) ?? [];
    points.push({ atMs, busyShare, temperatureC, maxTemperatureC: temperatureC, powerW, vramUsedBytes, coreClockMhz });
    if (points.length > MAX_WAITING) points.shift();
    waiting.set(deviceId, points);
  }

  function flush(): void {
    if (waiting.size === 0 || lookedAtMs === null) return;
    try {
      writeTelemetry(db, waiting);
      const pruneMs = startOfStep(lookedAtMs, PRUNE_EVERY_MS);
      if (prunedAtMs !== pruneMs) for (const deviceId of waiting.keys()) pruneTelemetry(db, deviceId, lookedAtMs);
      prunedAtMs = pruneMs;
      waiting.clear();
    } catch (error) {
      logger.error({ error }, 'what the devices did could not be written'); // a full disk must not take the agent along
    }
  }

  const inForce = (deviceId: string, nowMs: number) => {
    const last = quarantines.get(deviceId);
    return last !== undefined && isInForce(last, nowMs) ? last : null;
  };

  /** Brings the health of all devices up to now; whether anything is other than before. */
  function judge(nowMs: number): boolean {
    const now = hardware.devices();
    const before = new Map(shown.map((device) => [device.id, device.health]));
    let isOther = now !== found;
    const next = now.map((device) => {
      const alarms = watches.get(device.id)?.alarms ?? [];
      const health = healthOf(device.health, inForce(device.id, nowMs), alarms);
      const last = before.get(device.id);
      if (last !== undefined && isSameHealth(last, health)) return { ...device, health: last };
      isOther = true;
      return { ...device, health };
    });
    found = now;
    if (isOther) shown = next;
    return isOther;
  }

  function quarantine(deviceId: string, cause: Alarm): void {
    const last = quarantines.get(deviceId) ?? null;
    const next = quarantineFor(last, cause);
    if (next === last) return;
    quarantines.set(deviceId, next);
    logger.warn({ deviceId, cause: cause.code, untilMs: next.untilMs }, 'a device is quarantined');
    try {
      writeQuarantine(db, deviceId, next);
    } catch (error) {
      logger.error({ error, deviceId }, 'the quarantine could not be written: it ends with this process'); // it stands all the same
    }
  }

  function devicesNow(): readonly HardwareDevice[] {
    if (hardware.devices() !== found) judge(clock.nowMs());
    return shown;
  }

  function healthFound(deviceId: string): DeviceHealth {
    const device = devicesNow().find(({ id }) => id === deviceId);
    if (device) return device.health;
    throw new ProblemError('not-found', `There is no device ${deviceId} in this machine.`, 'See them all: npx nightshift devices list');
  }

  judge(clock.nowMs());

  return {
    tick(nowMs) {
      const secondMs = startOfStep(nowMs, telemetryStepMs.minutes);
      if (secondMs === lookedAtMs) return;
      if (lookedAtMs !== null && startOfStep(nowMs, telemetryStepMs.days) !== startOfStep(lookedAtMs, telemetryStepMs.days)) flush();
      lookedAtMs = secondMs;
      look(nowMs);
      if (judge(nowMs)) deps.changed();
    },
    latest: () => latest,
    devices: devicesNow,
    health: healthFound,
    history(deviceId, range) {
      const stepMs = telemetryStepMs[range];
      const nowMs = clock.nowMs();
      const fromMs = startOfStep(nowMs, stepMs) - (STEPS[range] - 1) * stepMs;
      const stored = readTelemetry(db, deviceId, stepMs, Math.max(0, fromMs), nowMs);
      const recent = range === 'minutes' ? (waiting.get(deviceId) ?? []).filter(({ atMs }) => atMs >= fromMs && atMs <= nowMs) : [];
      const points = new Map([...stored, ...recent].map((point) => [point.atMs, point])); // the later of a second that came twice
      return { deviceId, range, stepMs, points: [...points.values()].sort((a, b) => a.atMs - b.atMs) };
    },
    raise(deviceId, alarm) {
      const nowMs = clock.nowMs();
      quarantine(deviceId, { ...alarm, sinceMs: nowMs });
      if (judge(nowMs)) deps.changed();
    },
    release(deviceId) {
      if (healthFound(deviceId).kind === 'lost')
        throw new ProblemError('device-lost', 'This device is not there now.', 'Bring it back first; then release it.');
      deleteQuarantine(db, deviceId); // first: what a full disk keeps must not come back with the next start
      quarantines.delete(deviceId);
      if (judge(clock.nowMs())) deps.changed();
    },
    flush,
    [Symbol.dispose]: flush,
  };
}
