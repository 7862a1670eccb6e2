import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OwnerMode } from '../../contract/model/presence.ts';
import { decide, reasonsNotToContinue, reasonsNotToStart, type Signals } from './policy.ts';

const NOW_MS = 1_000_000;
const able: Signals = {
  mode: { kind: 'automatic' },
  dedicated: true,
  engine: { kind: 'ready', name: 'Docker', version: '28', apiVersion: '1.41', missing: [] },
  session: { kind: 'online', networkUrl: 'http://n', networkName: 'n', sessionEpoch: 1, sinceMs: 0 },
  deviceCount: 1,
  stopping: false,
};
const codes = (signals: Signals): readonly string[] => reasonsNotToStart(signals, NOW_MS).map((reason) => reason.code);

describe('presence policy', () => {
  it('starts work on a dedicated machine that has everything', () => {
    expect(codes(able)).toEqual([]);
    expect(decide(able, null, NOW_MS).decision).toBe('run');
  });

  it('does not start while it cannot tell whether the owner is here, and says so with a fix', () => {
    const [reason] = reasonsNotToStart({ ...able, dedicated: false }, NOW_MS);
    expect(reason?.code).toBe('input-unknown');
    expect(reason?.fix).toContain('presence.dedicated');
  });

  it('runs one job at the explicit word of the owner although input is unknown', () => {
    expect(codes({ ...able, dedicated: false, mode: { kind: 'run-now', sinceMs: 0 } })).toEqual([]);
  });

  it('"run now" overrides unknown input and nothing else', () => {
    const mode: OwnerMode = { kind: 'run-now', sinceMs: 0 };
    expect(codes({ ...able, mode, engine: { kind: 'missing', detail: 'd', fix: 'f' } })).toEqual(['engine-missing']);
    expect(codes({ ...able, mode, stopping: true })).toEqual(['stopping']);
  });

  it('reports all reasons, not the first', () => {
    const signals: Signals = {
      ...able,
      dedicated: false,
      mode: { kind: 'paused', untilMs: null },
      engine: { kind: 'missing', detail: 'd', fix: 'f' },
      session: { kind: 'not-enrolled', fix: 'f' },
      deviceCount: 0,
    };
    expect(codes(signals)).toEqual(['paused-by-owner', 'engine-missing', 'not-enrolled', 'no-device', 'input-unknown']);
  });

  it('goes on with a running job while the network is away', () => {
    const offline: Signals = { ...able, session: { kind: 'offline', networkUrl: 'u', detail: 'd', retryAtMs: 1 } };
    expect(reasonsNotToContinue(offline, { runNow: false }, NOW_MS)).toEqual([]);
    expect(codes(offline)).toEqual(['network-unreachable']);
  });

  it('freezes a running job when the owner pauses, and lets it go on when the pause is over', () => {
    const paused: Signals = { ...able, mode: { kind: 'paused', untilMs: NOW_MS + 10 } };
    expect(decide(paused, { runNow: true }, NOW_MS)).toMatchObject({ decision: 'freeze', nextEligibleAtMs: NOW_MS + 10 });
    expect(decide(paused, { runNow: true }, NOW_MS + 10).decision).toBe('run');
  });

  it('names no next time when one of the reasons does not end by itself', () => {
    const signals: Signals = { ...able, dedicated: false, mode: { kind: 'paused', untilMs: NOW_MS + 10 } };
    expect(decide(signals, null, NOW_MS).nextEligibleAtMs).toBeNull();
  });

  it('never starts while a required signal is unknown, missing or says no', () => {
    const mode = fc.oneof(
      fc.constant<OwnerMode>({ kind: 'automatic' }),
      fc.constant<OwnerMode>({ kind: 'paused', untilMs: null }),
      fc.constant<OwnerMode>({ kind: 'run-now', sinceMs: 0 }),
    );
    const signals: fc.Arbitrary<Signals> = fc.record({
      mode,
      dedicated: fc.boolean(),
      engine: fc.constantFrom(able.engine, { kind: 'starting' } as const, { kind: 'missing', detail: 'd', fix: 'f' } as const),
      session: fc.constantFrom(able.session, { kind: 'connecting', networkUrl: 'u' } as const, { kind: 'not-enrolled', fix: 'f' } as const),
      deviceCount: fc.nat(2),
      stopping: fc.boolean(),
    });
    fc.assert(
      fc.property(signals, (each) => {
        const mayStart = reasonsNotToStart(each, NOW_MS).length === 0;
        const everythingSaysYes =
          each.mode.kind !== 'paused' &&
          (each.dedicated || each.mode.kind === 'run-now') &&
          each.engine.kind === 'ready' &&
          each.session.kind === 'online' &&
          each.deviceCount > 0 &&
          !each.stopping;
        expect(mayStart).toBe(everythingSaysYes);
      }),
    );
  });
});
