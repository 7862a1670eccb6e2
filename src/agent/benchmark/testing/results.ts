import type {
  BenchmarkFailure,
  BenchmarkRecord,
  BenchmarkResult,
  BenchmarkVector,
  Measurement,
} from '../../../contract/model/benchmark.ts';
import type { HardwareDevice } from '../../../contract/model/device.ts';

/** Made-up figures of a made-up card, for tests. */
export const figure = (value: number, over: Partial<Measurement> = {}): Measurement => ({
  value,
  iqrShare: 0.01,
  samples: 11,
  path: 'test',
  verified: true,
  ...over,
});

export const testVector = (over: Partial<BenchmarkVector> = {}): BenchmarkVector => ({
  fmaF32Tflops: figure(12),
  fmaF16Tflops: null,
  gemmF32Tflops: figure(8),
  gemmF16Tflops: figure(20),
  gemmI8Tops: null,
  readGBs: figure(340),
  copyGBs: figure(320),
  triadGBs: figure(310),
  toDeviceGBs: figure(11),
  fromDeviceGBs: figure(12),
  memoryBytes: 10 * 2 ** 30,
  sustainedShare: 0.98,
  ...over,
});

export const TEST_GPU: HardwareDevice = {
  id: 'dev_a',
  kind: 'gpu',
  name: 'NVIDIA GeForce RTX 3060',
  place: 'PCI 0000:01:00.0',
  vendor: 'NVIDIA',
  form: 'discrete',
  source: 'test',
  cores: null,
  memoryBytes: { value: 12 * 2 ** 30, source: 'test' },
  uuid: 'GPU-1',
  busId: '0000:01:00.0',
  pciId: '10de:2504',
  driver: { name: 'nvidia', version: '550.54' },
  powerLimitW: { value: 170, source: 'test' },
  powerLimitDefaultW: { value: 170, source: 'test' },
  link: null,
  health: { kind: 'good', alarms: [] },
  unshareable: null,
};

/** A result of TEST_GPU as it stands there. */
export const testResult = (over: Partial<BenchmarkResult> = {}): BenchmarkResult => ({
  runId: 'run_000000000001',
  deviceId: TEST_GPU.id,
  suiteVersion: 0,
  occasion: 'asked',
  atMs: 0,
  durationMs: 50_000,
  conditions: {
    deviceName: TEST_GPU.name,
    adapter: 'NVIDIA GeForce RTX 3060',
    backend: 'vulkan',
    driver: '550.54',
    pciId: '10de:2504',
    powerLimitW: 170,
    linkWidth: null,
    proof: 'only-device',
  },
  vector: testVector(),
  sustained: { idlePowerW: 12, meanPowerW: 168, maxTemperatureC: 71, throttledShare: 0, source: 'test' },
  score: null,
  notes: [],
  ...over,
});

export const testFailure = (over: Partial<BenchmarkFailure> = {}): BenchmarkFailure => ({
  runId: 'run_000000000002',
  deviceId: TEST_GPU.id,
  occasion: 'scheduled',
  atMs: 0,
  step: 'tuning',
  code: 'hung',
  detail: 'A kernel did not end.',
  fix: null,
  ...over,
});

export const ofResult = (result: BenchmarkResult): BenchmarkRecord => ({ kind: 'result', result });
export const ofFailure = (failure: BenchmarkFailure): BenchmarkRecord => ({ kind: 'failure', failure });
