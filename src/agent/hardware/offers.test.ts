import { describe, expect, it } from 'vitest';
import type { HardwareDevice } from '../../contract/model/device.ts';
import { settings } from '../../contract/model/settings.ts';
import { type OfferHost, offerFor } from './offers.ts';

const GIB = 2 ** 30;
const known = (value: number) => ({ value, source: 'test' });
const CPU: HardwareDevice = {
  id: 'cpu',
  kind: 'cpu',
  name: 'A processor',
  place: 'this machine',
  vendor: null,
  form: null,
  source: 'test',
  cores: 4,
  memoryBytes: known(8 * GIB),
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
const GPU: HardwareDevice = { ...CPU, id: 'gpu', kind: 'gpu', name: 'A card', form: 'discrete', cores: null, memoryBytes: known(24 * GIB) };
const CAUSE = { code: 'memory-errors', sinceMs: 1, detail: 'Memory errors.', fix: null } as const;

const ABLE = { connects: true, limitsDisk: true, gpus: { kind: 'offered', leasedBy: 'device' } } as const;
const HOST = { processor: CPU, freeDiskBytes: 5 * GIB, sandbox: ABLE };
const offered = (device: HardwareDevice, host: Partial<OfferHost> = {}, change = {}) =>
  offerFor(device, { ...HOST, ...host }, settings.parse(change), 70_000);

describe('any device', () => {
  it('keeps a tenth of the free disk, and is offered with but a tenth where nothing holds a job to its disk', () => {
    const unlimited = { ...ABLE, limitsDisk: false };
    expect(offered(CPU)?.diskBytes).toBe(Math.floor(4.5 * GIB));
    expect(offered(CPU, { sandbox: unlimited })?.diskBytes).toBe(GIB / 2);
    expect(offered(CPU, { sandbox: unlimited, freeDiskBytes: 2 ** 27 })).toBeNull();
  });

  it('lets jobs connect where the owner allows it and the sandbox can', () => {
    const allowed = { 'network.egress': true };
    expect(offered(CPU)?.egress).toBe(false);
    expect(offered(CPU, {}, allowed)?.egress).toBe(true);
    expect(offered(CPU, { sandbox: { ...ABLE, connects: false } }, allowed)?.egress).toBe(false);
  });

  it('is not offered while it is lost or quarantined, or where it cannot be shared', () => {
    for (const device of [CPU, GPU]) {
      expect(offered(device)).not.toBeNull();
      expect(offered({ ...device, health: { kind: 'lost', sinceMs: 1, detail: '', fix: '' } })).toBeNull();
      expect(offered({ ...device, health: { kind: 'quarantined', cause: CAUSE, alarms: [], untilMs: null } })).toBeNull();
      expect(offered({ ...device, unshareable: { detail: 'No.', fix: null } })).toBeNull();
      expect(offered({ ...device, health: { kind: 'good', alarms: [CAUSE] } }), 'an alarm alone').not.toBeNull();
    }
  });
});

describe('a GPU', () => {
  it('is offered with its own memory and name, and the share of processor and main memory that a job may use', () => {
    expect(offered(GPU)).toMatchObject({
      deviceId: 'gpu',
      deviceClass: 'gpu',
      deviceName: 'A card',
      microPerHour: 70_000,
      vramBytes: 24 * GIB,
      memoryBytes: 4 * GIB,
      cpus: 3,
    });
    expect(offered(CPU)).toMatchObject({ deviceClass: 'cpu', microPerHour: 70_000, vramBytes: null, memoryBytes: 4 * GIB, cpus: 3 });
  });

  it('is not offered without known memory, where the sandbox gives it to no job, and without a processor to run on', () => {
    expect(offered({ ...GPU, memoryBytes: null })).toBeNull();
    expect(offered(GPU, { sandbox: { ...ABLE, gpus: { kind: 'none' } } })).toBeNull();
    expect(offered(GPU, { sandbox: { ...ABLE, gpus: { kind: 'refused', reason: 'old' } } })).toBeNull();
    expect(offered(GPU, { processor: null })).toBeNull();
  });

  it('is never a software adapter, whatever else is right about it', () => {
    expect(offered({ ...GPU, kind: 'software' })).toBeNull();
  });
});
