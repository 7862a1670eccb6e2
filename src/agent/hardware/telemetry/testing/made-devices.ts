import type { HardwareDevice } from '../../../../contract/model/device.ts';
import type { DeviceSample } from '../../../../contract/model/telemetry.ts';

/** A healthy GPU for tests, as an inventory would tell of it. */
export const madeGpu = (over: Partial<HardwareDevice> = {}): HardwareDevice => ({
  id: 'dev_a',
  kind: 'gpu',
  name: 'NVIDIA GeForce RTX 4090',
  place: 'PCI 0000:01:00.0',
  vendor: 'NVIDIA',
  form: 'discrete',
  source: 'made for a test',
  cores: null,
  memoryBytes: { value: 24 * 2 ** 30, source: 'made for a test' },
  uuid: 'GPU-a',
  busId: '0000:01:00.0',
  pciId: '10de:2684',
  driver: { name: 'nvidia', version: '570.86' },
  powerLimitW: { value: 450, source: 'made for a test' },
  powerLimitDefaultW: { value: 450, source: 'made for a test' },
  link: { value: { generation: 4, width: 16, maxGeneration: 4, maxWidth: 16 }, source: 'made for a test' },
  health: { kind: 'good', alarms: [] },
  unshareable: null,
  ...over,
});

/** A look at which nothing is wrong. */
export const madeSample = (over: Partial<DeviceSample> = {}): DeviceSample => ({
  atMs: 0,
  source: 'made for a test',
  busyShare: 0.9,
  memoryBusyShare: 0.5,
  temperatureC: 60,
  hotspotC: 70,
  memoryTemperatureC: 80,
  limitC: 90,
  powerW: 300,
  powerLimitW: 450,
  vramUsedBytes: 2 ** 30,
  coreClockMhz: 2_500,
  memoryClockMhz: 10_500,
  fanShare: 0.5,
  throttle: [],
  linkGeneration: 4,
  linkWidth: 16,
  memoryErrors: 0,
  ...over,
});
