import type { BenchmarkFailure, BenchmarkRecord, BenchmarkResult, DeviceBenchmark } from '../../contract/model/benchmark.ts';
import type { HardwareDevice } from '../../contract/model/device.ts';
import type { Settings } from '../../contract/model/settings.ts';
import type { Clock } from '../../lib/clock.ts';
import { readBenchmarks, readLastResult } from '../store/benchmark-rows.ts';
import type { Db } from '../store/open.ts';
import { compareWithDatasheet, datasheetOf } from './datasheet.ts';
import { runIdOf } from './records.ts';
import { agesAtMs, dueAtMs, standingOf } from './standing.ts';

export interface DeviceBenchmarksDeps {
  readonly db: Db;
  readonly clock: Clock;
  /** The same array while nothing has changed. */
  readonly devices: () => readonly HardwareDevice[];
  /** Whether WebGPU can compute on this device; null: not looked for yet. */
  readonly hasAdapter: (device: HardwareDevice) => boolean | null;
  readonly settings: () => Pick<Settings, 'benchmark.everyDays' | 'benchmark.automatic'>;
}

/** What is known of the benchmark of each device: its last runs, whether the result still counts, and when it is measured again. */
export interface DeviceBenchmarks {
  /** One for each device, in their order; the same array while nothing has changed. */
  all(): DeviceBenchmark[];
  /** The runs of this device have changed. `runningId`: the one that runs now, whose end is not known; null: none. */
  refresh(deviceId: string, runningId: string | null): void;
}

/** Since the last result, newest first. */
interface Past {
  readonly last: BenchmarkRecord | null;
  readonly result: BenchmarkResult | null;
  readonly failures: readonly BenchmarkFailure[];
}

interface Built {
  readonly devices: readonly HardwareDevice[];
  readonly adapters: readonly (boolean | null)[];
  readonly everyDays: number;
  readonly automatic: boolean;
  /** When the next result begins to be old. */
  readonly freshUntilMs: number;
  readonly benchmarks: DeviceBenchmark[];
}

export function openDeviceBenchmarks(deps: DeviceBenchmarksDeps): DeviceBenchmarks {
  const openedAtMs = deps.clock.nowMs();
  const pasts = new Map<string, Past>();
  let built: Built | null = null;

  function pastOf(deviceId: string, runningId: string | null): Past {
    const known = pasts.get(deviceId);
    if (known !== undefined) return known;
    const records = readBenchmarks(deps.db, deviceId).filter((record) => runIdOf(record) !== runningId);
    const sinceResult = records.findIndex(({ kind }) => kind === 'result');
    const newer = sinceResult === -1 ? records : records.slice(0, sinceResult);
    const past = {
      last: records[0] ?? null,
      result: readLastResult(deps.db, deviceId),
      failures: newer.flatMap((record) => (record.kind === 'failure' ? [record.failure] : [])),
    };
    pasts.set(deviceId, past);
    return past;
  }

  function build(nowMs: number, inputs: Omit<Built, 'freshUntilMs' | 'benchmarks'>): Built {
    const { devices, adapters, everyDays, automatic } = inputs;
    const benchmarks = devices.map((device, index): DeviceBenchmark => {
      const { last, result, failures } = pastOf(device.id, null);
      const standing = standingOf({ device, hasAdapter: adapters[index] ?? null, result, everyDays, nowMs });
      const sheet = result && datasheetOf(result.conditions.deviceName, device.memoryBytes?.value ?? null);
      return {
        deviceId: device.id,
        last,
        result,
        standing,
        datasheet: result === null ? [] : compareWithDatasheet(result.vector, sheet),
        nextAtMs: dueAtMs({ device, standing, result, failures, everyDays, automatic, sinceMs: openedAtMs }),
      };
    });
    const turnsMs = benchmarks.flatMap(({ result }) => (result === null ? [] : [agesAtMs(result, everyDays)]));
    return { ...inputs, benchmarks, freshUntilMs: Math.min(Number.POSITIVE_INFINITY, ...turnsMs.filter((atMs) => atMs > nowMs)) };
  }

  return {
    all() {
      const nowMs = deps.clock.nowMs();
      const devices = deps.devices();
      const adapters = devices.map(deps.hasAdapter);
      const { 'benchmark.everyDays': everyDays, 'benchmark.automatic': automatic } = deps.settings();
      const isFresh =
        built !== null &&
        built.devices === devices &&
        built.everyDays === everyDays &&
        built.automatic === automatic &&
        nowMs < built.freshUntilMs &&
        built.adapters.every((each, index) => each === adapters[index]);
      if (built === null || !isFresh) built = build(nowMs, { devices, adapters, everyDays, automatic });
      return built.benchmarks;
    },
    refresh(deviceId, runningId) {
      pasts.delete(deviceId);
      pastOf(deviceId, runningId);
      built = null;
    },
  };
}
