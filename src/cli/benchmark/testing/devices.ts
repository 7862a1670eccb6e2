import type {
  BenchmarkFailure,
  BenchmarkRecord,
  BenchmarkResult,
  BenchmarkRun,
  DeviceBenchmark,
} from '../../../contract/model/benchmark.ts';
import type { HardwareDevice } from '../../../contract/model/device.ts';

/** A made-up device with made-up figures, for tests. */
export const testDevice = (over: Partial<HardwareDevice> = {}): HardwareDevice => ({
  id: 'dev_a',
  kind: 'gpu',
  name: 'NVIDIA GeForce RTX 3060',
  place: 'PCI 0000:01:00.0',
  vendor: 'NVIDIA',
  form: 'discrete',
  source: 'test',
  cores: null,
  memoryBytes: null,
  uuid: null,
  busId: null,
  pciId: null,
  driver: null,
  powerLimitW: null,
  powerLimitDefaultW: null,
  link: null,
  health: { kind: 'good', alarms: [] },
  unshareable: null,
  ...over,
});

const figure = (value: number, verified = true) => ({ value, iqrShare: 0.012, samples: 11, path: 'tiled 128x64', verified });

export const testResult = (over: Partial<BenchmarkResult> = {}): BenchmarkResult => ({
  runId: 'run_1',
  deviceId: 'dev_a',
  suiteVersion: 0,
  occasion: 'asked',
  atMs: Date.UTC(2026, 10, 22),
  durationMs: 52_000,
  conditions: {
    deviceName: 'NVIDIA GeForce RTX 3060',
    adapter: 'NVIDIA GeForce RTX 3060',
    backend: 'vulkan',
    driver: '550.54',
    pciId: '10de:2504',
    powerLimitW: 170,
    linkWidth: 16,
    proof: 'only-device',
  },
  vector: {
    fmaF32Tflops: figure(12),
    fmaF16Tflops: null,
    gemmF32Tflops: figure(8.25),
    gemmF16Tflops: figure(20.3),
    gemmI8Tops: figure(0.0456),
    readGBs: figure(341),
    copyGBs: figure(322, false),
    triadGBs: figure(318),
    toDeviceGBs: figure(11),
    fromDeviceGBs: figure(12),
    memoryBytes: 11_000_000_000,
    sustainedShare: 0.974,
  },
  sustained: { idlePowerW: 12, meanPowerW: 168.4, maxTemperatureC: 71, throttledShare: 0, source: 'NVML' },
  score: {
    value: 26.44,
    version: 0,
    parts: [
      { name: 'sustainedShare', share: 0.974, exponent: 1, standIn: null },
      { name: 'gemmF16Tflops', share: 0.0825, exponent: 0.4, standIn: 'gemmF32Tflops' },
    ],
  },
  notes: ['The memory read was repeated: its spread was above 5 %.'],
  ...over,
});

export const testFailure = (over: Partial<BenchmarkFailure> = {}): BenchmarkFailure => ({
  runId: 'run_2',
  deviceId: 'dev_a',
  occasion: 'scheduled',
  atMs: Date.UTC(2026, 10, 23),
  step: 'sustained',
  code: 'hung',
  detail: 'The device or its driver hung.',
  fix: 'Update the graphics driver.',
  ...over,
});

export const ofResult = (result: BenchmarkResult): BenchmarkRecord => ({ kind: 'result', result });
export const ofFailure = (failure: BenchmarkFailure): BenchmarkRecord => ({ kind: 'failure', failure });

export const testBenchmark = (over: Partial<DeviceBenchmark> = {}): DeviceBenchmark => ({
  deviceId: 'dev_a',
  last: null,
  result: null,
  standing: 'none',
  datasheet: [],
  nextAtMs: null,
  ...over,
});

export const testRun = (over: Partial<BenchmarkRun> = {}): BenchmarkRun => ({
  runId: 'run_9',
  deviceId: 'dev_a',
  occasion: 'asked',
  startedAtMs: 0,
  step: 'gemm-f32',
  progress: 0.37,
  remainingMs: 34_000,
  detail: null,
  ...over,
});
