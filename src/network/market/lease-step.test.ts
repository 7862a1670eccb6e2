import { describe, expect, test } from 'vitest';
import { DEFAULT_OPTIONS } from '../constants.ts';
import { type LeaseSituation, nextStep } from './lease-step.ts';

const CALM: LeaseSituation = {
  state: 'granted',
  cancelRequested: false,
  online: true,
  offlineForMs: 0,
  atWorker: 'granted',
  unknownForMs: 0,
  cancellingForMs: 0,
  inStateForMs: 0,
  silentForMs: 0,
  failingForMs: 0,
};
const step = (change: Partial<LeaseSituation>) => nextStep({ ...CALM, ...change }, DEFAULT_OPTIONS);
const away = { online: false, atWorker: null } as const;

describe('the next step of a lease', () => {
  test('leads from the proposal to the seal', () => {
    expect(step({ state: 'proposed', atWorker: null })).toEqual({ kind: 'grant' });
    expect(step({})).toEqual({ kind: 'launch' });
    expect(step({ atWorker: 'starting' })).toEqual({ kind: 'wait' });
    expect(step({ state: 'active', atWorker: 'running' })).toEqual({ kind: 'wait' });
    expect(step({ state: 'closing', atWorker: 'ended' })).toEqual({ kind: 'collect' });
    expect(step({ state: 'closed' })).toEqual({ kind: 'wait' });
  });

  test('looks at the tombstone before every launch', () => {
    const cancelRequested = true;
    expect(step({ state: 'proposed', cancelRequested })).toMatchObject({ kind: 'close', ending: { reason: 'cancelled', granted: false } });
    expect(step({ cancelRequested })).toEqual({ kind: 'cancel' });
    expect(step({ state: 'active', cancelRequested })).toEqual({ kind: 'cancel' });
    expect(step({ state: 'closing', cancelRequested })).toEqual({ kind: 'collect' });
  });

  test('waits for a worker that is away, but not for ever', () => {
    expect(step({ state: 'proposed', ...away, offlineForMs: 9_999 })).toEqual({ kind: 'wait' });
    expect(step({ state: 'proposed', ...away, offlineForMs: 10_000 })).toMatchObject({ kind: 'close', ending: { granted: false } });
    for (const state of ['granted', 'active'] as const) {
      expect(step({ state, ...away, offlineForMs: 119_999 })).toEqual({ kind: 'wait' });
      expect(step({ state, ...away, offlineForMs: 120_000 })).toMatchObject({
        kind: 'close',
        ending: { reason: 'agent-lost', granted: true },
      });
    }
    expect(step({ state: 'closing', ...away, offlineForMs: 120_000 })).toEqual({ kind: 'give-up-collecting' });
    expect(step({ state: 'closing', failingForMs: 120_000 })).toEqual({ kind: 'give-up-collecting' });
  });

  test('gives up a lease that its worker does not know, never starts, of which nothing more is heard, or that does not stop', () => {
    expect(step({ state: 'active', cancelRequested: true, cancellingForMs: 120_000 })).toMatchObject({ kind: 'close' });
    expect(step({ state: 'active', unknownForMs: 9_999 })).toEqual({ kind: 'wait' });
    expect(step({ state: 'active', unknownForMs: 10_000 })).toMatchObject({ kind: 'close' });
    expect(step({ atWorker: 'starting', inStateForMs: 30 * 60_000 })).toMatchObject({ kind: 'close' });
    for (const atWorker of ['running', 'frozen', 'ended'] as const) {
      expect(step({ state: 'active', atWorker, silentForMs: 30 * 60_000 - 1 })).toEqual({ kind: 'wait' });
      expect(step({ state: 'active', atWorker, silentForMs: 30 * 60_000 })).toMatchObject({ kind: 'close', ending: { granted: true } });
    }
  });
});
