import type { BenchmarkResult } from '../../../../contract/model/benchmark.ts';
import type { HardwareDevice } from '../../../../contract/model/device.ts';

const GIB = 2 ** 30;

/** A processor of 16 threads of which nothing else is known. */
export const CPU: HardwareDevice = {
  id: 'cpu',
  kind: 'cpu',
  name: 'A processor',
  place: 'this machine',
  vendor: null,
  form: null,
  source: 'test',
  cores: 16,
  memoryBytes: { value: 32 * GIB, source: 'test' },
  uuid: null,
  busId: null,
  pciId: null,
  driver: null,
  powerLimitW: null,
  powerLimitDefaultW: null,
  link: null,
  health: { kind: 'good', alarms: [] },
  unshareable: null,
};

/** A card with 12 GiB of which nothing else is known. */
export const GPU: HardwareDevice = {
  ...CPU,
  id: 'gpu',
  kind: 'gpu',
  name: 'A card',
  place: 'PCI 0000:01:00.0',
  form: 'discrete',
  cores: null,
  memoryBytes: { value: 12 * GIB, source: 'test' },
};

/** A benchmark that saw this draw, at this power limit. */
export const resultOf = (idlePowerW: number | null, meanPowerW: number | null, powerLimitW: number | null = null): BenchmarkResult => ({
  runId: 'run',
  deviceId: 'gpu',
  suiteVersion: 0,
  occasion: 'asked',
  atMs: 1,
  durationMs: 1,
  conditions: {
    deviceName: 'A card',
    adapter: 'A card',
    backend: 'vulkan',
    driver: null,
    pciId: null,
    powerLimitW,
    linkWidth: null,
    proof: 'only-device',
  },
  vector: {
    fmaF32Tflops: null,
    fmaF16Tflops: null,
    gemmF32Tflops: null,
    gemmF16Tflops: null,
    gemmI8Tops: null,
    readGBs: null,
    copyGBs: null,
    triadGBs: null,
    toDeviceGBs: null,
    fromDeviceGBs: null,
    memoryBytes: null,
    sustainedShare: null,
  },
  sustained: { idlePowerW, meanPowerW, maxTemperatureC: null, throttledShare: null, source: 'NVML' },
  score: null,
  notes: [],
});
