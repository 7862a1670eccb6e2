import { describe, expect, it } from 'vitest';
import type { Alarm, HardwareDevice } from '../../../src/contract/model/device.ts';
import type { ReasonCode } from '../../../src/contract/model/presence.ts';
import { isShared, sharingOf } from './sharing.ts';

const alarm: Alarm = { code: 'wrong-results', sinceMs: 0, detail: 'It computed wrongly.', fix: null };
const gpu = (over: Partial<HardwareDevice> = {}): Pick<HardwareDevice, 'id' | 'kind' | 'health' | 'unshareable'> => ({
  id: 'a',
  kind: 'gpu',
  health: { kind: 'good', alarms: [] },
  unshareable: null,
  ...over,
});
const free: Parameters<typeof sharingOf>[1] = { off: [], presence: [], engine: 'ready', isBusy: false };
const reasons = (deviceId: string, ...codes: ReasonCode[]) => [
  { deviceId, reasons: codes.map((code) => ({ code, detail: code, fix: null, untilMs: null })) },
];

describe('whether a device is shared', () => {
  it('is so unless something stands against it', () => {
    expect(sharingOf(gpu(), free)).toEqual({ kind: 'shared' });
    expect(sharingOf(gpu(), { ...free, isBusy: true })).toEqual({ kind: 'busy' });
    expect(sharingOf(gpu(), { ...free, presence: reasons('b', 'gpu-in-use') })).toEqual({ kind: 'shared' });
  });

  it('says why this device alone waits', () => {
    const held = sharingOf(gpu(), { ...free, presence: reasons('a', 'gpu-in-use') });
    expect(held).toEqual({ kind: 'held', code: 'gpu-in-use' });
    expect(isShared(held)).toBe(true);
  });

  it('is not said to take jobs now where there is no engine to run them in', () => {
    expect(sharingOf(gpu(), { ...free, engine: 'missing' })).toEqual({ kind: 'held', code: 'engine-missing' });
    expect(sharingOf(gpu(), { ...free, engine: 'starting' }), 'which takes a moment').toEqual({ kind: 'shared' });
    expect(sharingOf(gpu(), { ...free, engine: 'missing', off: ['a'] }).kind).toBe('off');
  });

  it('never offers a software adapter, whatever else holds', () => {
    expect(sharingOf(gpu({ kind: 'software', unshareable: { detail: 'software', fix: null } }), { ...free, isBusy: true })).toEqual({
      kind: 'never',
    });
  });

  it('names what has to be mended before the owner’s own switch', () => {
    const off = { ...free, off: ['a'] };
    expect(sharingOf(gpu(), off).kind).toBe('off');
    expect(sharingOf(gpu({ unshareable: { detail: 'nouveau', fix: 'install' } }), off)).toEqual({
      kind: 'impossible',
      detail: 'nouveau',
      fix: 'install',
    });
    expect(sharingOf(gpu({ health: { kind: 'lost', sinceMs: 0, detail: 'gone', fix: 'restart' } }), off).kind).toBe('lost');
    expect(sharingOf(gpu({ health: { kind: 'quarantined', cause: alarm, alarms: [], untilMs: null } }), free).kind).toBe('quarantined');
  });
});
