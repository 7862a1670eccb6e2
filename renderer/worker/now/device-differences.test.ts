import { describe, expect, it } from 'vitest';
import type { Reason, ReasonCode } from '../../../src/contract/model/presence.ts';
import { deviceDifferences } from './device-differences.ts';

const reason = (code: ReasonCode): Reason => ({ code, detail: code, fix: null, untilMs: null });
const device = (deviceId: string, ...codes: ReasonCode[]) => ({ deviceId, reasons: codes.map(reason) });

describe('reasons of single devices', () => {
  it('are shown only where they differ from the machine’s', () => {
    const found = deviceDifferences({
      reasons: [reason('owner-active')],
      devices: [device('a', 'owner-active'), device('b', 'owner-active', 'gpu-in-use'), device('c')],
    });
    expect(found.map(({ deviceId, extra }) => [deviceId, extra.map(({ code }) => code)])).toEqual([['b', ['gpu-in-use']]]);
  });

  it('are silent where nothing stands against any', () => {
    expect(deviceDifferences({ reasons: [], devices: [device('a'), device('b')] })).toEqual([]);
  });
});
