import { describe, expect, it } from 'vitest';
import { settingKey, settings, settingsView } from '../../src/contract/model/settings.ts';
import type { StateFrame, WorkerState } from '../../src/contract/worker-api.ts';
import { applyFrame, followState, type HeldState } from './follow-state.ts';

const state: WorkerState = {
  worker: { id: null, name: 'rig', version: '0.1.0', publicKey: 'key' },
  presence: { decision: 'run', sinceMs: 0, reasons: [], devices: [], mode: { kind: 'automatic' }, nextEligibleAtMs: null },
  sensors: [],
  yields: { freeze: null, evict: null, recent: [] },
  devices: [],
  telemetry: {},
  benchmarks: { running: null, waiting: [], devices: [] },
  costs: [],
  leases: [],
  earnings: {
    currency: null,
    availableMicro: 0,
    pendingMicro: 0,
    unsealedMicro: 0,
    nextAvailableAtMs: null,
    holdbackMs: null,
    todayNetMicro: 0,
    todayGrossMicro: 0,
    todayFeeMicro: 0,
    days: [],
    recent: [],
    reconciliation: null,
  },
  session: { kind: 'not-enrolled', fix: 'Enrol.' },
  settings: {
    values: settings.parse({}),
    layerOf: settingsView.shape.layerOf.parse(Object.fromEntries(settingKey.options.map((key) => [key, 'default']))),
    locked: [],
  },
  sandbox: { engine: { kind: 'starting' }, check: { kind: 'idle' }, report: null, isCurrent: false },
  notices: [],
};

const PAUSED = { kind: 'paused', sinceMs: 1, untilMs: 2 } as const;
const snapshot = (revision: number): StateFrame => ({ kind: 'snapshot', revision, state });
const paused = (revision: number): StateFrame => ({
  kind: 'change',
  revision,
  slices: { presence: { ...state.presence, decision: 'evict', mode: PAUSED } },
});

describe('following the agent’s state', () => {
  it('replaces the changed slice whole and keeps the others', () => {
    const before = applyFrame(null, snapshot(7));
    const after = applyFrame(before, paused(8));
    expect(after?.revision).toBe(8);
    expect(after?.state.presence.mode).toEqual(PAUSED);
    expect(after?.state.devices).toBe(state.devices);
  });

  it('takes no change without a snapshot, out of turn or twice', () => {
    expect(applyFrame(null, paused(1))).toBeNull();
    expect(applyFrame({ revision: 7, state }, paused(9))).toBeNull();
    expect(applyFrame({ revision: 7, state }, paused(7))).toBeNull();
  });

  it('subscribes again after a gap, and leaves the old subscription', async () => {
    const seen: HeldState[] = [];
    const left: number[] = [];
    const rounds = [
      [snapshot(1), paused(3), paused(4)],
      [snapshot(10), paused(11)],
    ];
    let round = 0;
    await followState(
      async () => {
        const now = round++;
        return (async function* () {
          try {
            yield* rounds[now] ?? [];
          } finally {
            left.push(now);
          }
        })();
      },
      (held) => seen.push(held),
    );
    expect(seen.map((held) => held.revision)).toEqual([1, 10, 11]);
    expect(left).toEqual([0, 1]);
  });

  it('passes on what the subscription throws', async () => {
    const broken = followState(
      () => Promise.reject(new Error('socket closed')),
      () => expect.unreachable(),
    );
    await expect(broken).rejects.toThrow('socket closed');
  });
});
