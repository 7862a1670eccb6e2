import type { BenchmarkFailure, BenchmarkResult, DeviceBenchmark } from '../../contract/model/benchmark.ts';
import { SUITE_VERSION } from '../../contract/model/benchmark.ts';
import type { HardwareDevice } from '../../contract/model/device.ts';
import { makeProblem, type Problem } from '../../contract/model/problem.ts';

export type BenchmarkStanding = DeviceBenchmark['standing'];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** After so many failures in a row: a device or a driver that hangs is not provoked all night. */
const BACKOFF_MS = [HOUR_MS, 6 * HOUR_MS, DAY_MS] as const;
/** Drivers report the limit in steps and with rounding. */
const POWER_LIMIT_TOLERANCE = 0.01;
/** A rack whose cards were all measured in one night does not measure all of them in one night again. */
const JITTER_SHARE = 0.1;

/** Why this device cannot be measured at all; null: it can, or at least it can be tried. `hasAdapter` null: not looked for yet. */
export function unmeasurable(device: HardwareDevice, hasAdapter: boolean | null): Problem | null {
  if (device.kind === 'cpu')
    return makeProblem('not-measurable', `${device.name} is a processor; the benchmark measures GPUs.`, 'Nothing needs to be done.');
  if (device.health.kind === 'lost') return makeProblem('device-lost', device.health.detail, device.health.fix);
  if (hasAdapter === false)
    return makeProblem(
      'not-measurable',
      `No graphics driver on this machine lets programs compute on ${device.name}.`,
      'Install its maker’s driver with Vulkan; npx nightshift doctor says what is missing.',
    );
  return null;
}

export interface StandingInput {
  readonly device: HardwareDevice;
  readonly hasAdapter: boolean | null;
  readonly result: BenchmarkResult | null;
  readonly everyDays: number;
  readonly nowMs: number;
}

/** Whether the last result of a device still counts, and why not. */
export function standingOf({ device, hasAdapter, result, everyDays, nowMs }: StandingInput): BenchmarkStanding {
  if (unmeasurable(device, hasAdapter)?.code === 'not-measurable') return 'impossible';
  if (result === null) return 'none';
  if (hasChanged(result, device)) return 'changed';
  return result.suiteVersion === SUITE_VERSION && nowMs < agesAtMs(result, everyDays) ? 'current' : 'old';
}

/** When a result begins to be old. */
export const agesAtMs = (result: BenchmarkResult, everyDays: number): number => result.atMs + everyDays * DAY_MS;

/** What is unknown now, or was then, tells of no change. */
function hasChanged({ conditions }: BenchmarkResult, device: HardwareDevice): boolean {
  const differs = <T>(then: T | null, now: T | null): boolean => then !== null && now !== null && then !== now;
  const limitW = device.powerLimitW?.value ?? null;
  return (
    conditions.deviceName !== device.name ||
    differs(conditions.pciId, device.pciId) ||
    differs(conditions.driver, device.driver?.version ?? null) ||
    (conditions.powerLimitW !== null && limitW !== null && Math.abs(limitW / conditions.powerLimitW - 1) > POWER_LIMIT_TOLERANCE)
  );
}

export interface DueInput {
  readonly device: HardwareDevice;
  readonly standing: BenchmarkStanding;
  readonly result: BenchmarkResult | null;
  /** Since the last result, newest first. */
  readonly failures: readonly BenchmarkFailure[];
  readonly everyDays: number;
  readonly automatic: boolean;
  /** Since when the device that has no result could have been measured. */
  readonly sinceMs: number;
}

/**
 * When a device is measured by itself, at the earliest, ms since the epoch; null: never. Software adapters are measured at the owner's wish only:
 * they are never offered. So is what computed wrongly, and what is quarantined.
 */
export function dueAtMs({ device, standing, result, failures, everyDays, automatic, sinceMs }: DueInput): number | null {
  const [last] = failures;
  if (!automatic || device.kind !== 'gpu' || device.health.kind !== 'good' || standing === 'impossible') return null;
  if (failures.some(({ code }) => code === 'wrong-results')) return null;
  const notBeforeMs = last === undefined ? 0 : last.atMs + (BACKOFF_MS[Math.min(failures.length, BACKOFF_MS.length) - 1] ?? 0);
  return Math.max(notBeforeMs, wantedAtMs(standing, result, everyDays, sinceMs));
}

function wantedAtMs(standing: BenchmarkStanding, result: BenchmarkResult | null, everyDays: number, sinceMs: number): number {
  if (result === null) return sinceMs;
  if (standing === 'changed' || result.suiteVersion !== SUITE_VERSION) return result.atMs;
  return agesAtMs(result, everyDays) + Math.round(jitterOf(result.runId) * JITTER_SHARE * everyDays * DAY_MS);
}

/** From 0 to 1, the same whenever it is asked: the last eight digits of a run's id are random. */
const jitterOf = (runId: string): number => Number.parseInt(runId.slice(-8), 16) / 2 ** 32;
