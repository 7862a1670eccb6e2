import { describe, expect, it } from 'vitest';
import type { DeviceHealth, DeviceKind, HardwareDevice } from '../../../src/contract/model/device.ts';
import type { DeviceSample } from '../../../src/contract/model/telemetry.ts';
import { fleetOf } from './fleet.ts';

const GOOD: DeviceHealth = { kind: 'good', alarms: [] };
const LOST: DeviceHealth = { kind: 'lost', sinceMs: 0, detail: 'gone', fix: 'restart' };
const RISER: DeviceHealth = { kind: 'good', alarms: [{ code: 'slow-link', sinceMs: 0, detail: '1 lane', fix: null }] };
const HOT: DeviceHealth = { kind: 'good', alarms: [{ code: 'hot', sinceMs: 0, detail: 'hot', fix: null }] };

const device = (id: string, kind: DeviceKind = 'gpu', health: DeviceHealth = GOOD): HardwareDevice => ({
  id,
  kind,
  name: id,
  place: id,
  vendor: null,
  form: null,
  source: 'NVML',
  cores: null,
  memoryBytes: null,
  uuid: null,
  busId: null,
  pciId: null,
  driver: null,
  powerLimitW: null,
  powerLimitDefaultW: null,
  link: null,
  health,
  unshareable: null,
});
const sample = (temperatureC: number | null, powerW: number | null): DeviceSample => ({
  atMs: 0,
  source: 'NVML',
  busyShare: null,
  memoryBusyShare: null,
  temperatureC,
  hotspotC: null,
  memoryTemperatureC: null,
  limitC: null,
  powerW,
  powerLimitW: null,
  vramUsedBytes: null,
  coreClockMhz: null,
  memoryClockMhz: null,
  fanShare: null,
  throttle: null,
  linkGeneration: null,
  linkWidth: null,
  memoryErrors: null,
});

describe('a rig at a glance', () => {
  it('adds up what devices tell, and says how many tell it', () => {
    const fleet = fleetOf([device('a'), device('b'), device('cpu', 'cpu')], {
      a: sample(60, 300),
      b: sample(71, 120),
      cpu: sample(50, null),
    });
    expect(fleet).toEqual({ gpus: 2, powerW: 420, powerKnown: 2, here: 3, hottest: { deviceId: 'b', temperatureC: 71 }, attention: 0 });
  });

  it('knows nothing where nobody tells it, instead of nought', () => {
    const fleet = fleetOf([device('a')], {});
    expect([fleet.powerW, fleet.powerKnown, fleet.here, fleet.hottest]).toEqual([null, 0, 1, null]);
  });

  it('leaves out the last figures of a lost card, and counts whoever needs the owner, which a riser does not', () => {
    const fleet = fleetOf([device('a', 'gpu', HOT), device('b', 'gpu', LOST), device('c', 'gpu', RISER), device('s', 'software')], {
      a: sample(88, 200),
      b: sample(99, 400),
    });
    expect([fleet.gpus, fleet.powerW, fleet.hottest?.deviceId, fleet.here, fleet.attention]).toEqual([3, 200, 'a', 2, 2]);
  });
});
