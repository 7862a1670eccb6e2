import { describe, expect, it } from 'vitest';
import type { WorkerState } from '../contract/worker-api.ts';
import { resolveSettings } from './settings/layers.ts';
import { createStateTree } from './state.ts';

const UNCHECKED: WorkerState['sandbox'] = { engine: { kind: 'starting' }, check: { kind: 'idle' }, report: null, isCurrent: false };
const tree = () =>
  createStateTree({
    worker: { id: null, name: 'm', version: '0', publicKey: 'k' },
    presence: { decision: 'freeze', sinceMs: 0, reasons: [], devices: [], mode: { kind: 'automatic' }, nextEligibleAtMs: null },
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
    session: { kind: 'not-enrolled', fix: 'f' },
    settings: resolveSettings([]),
    sandbox: UNCHECKED,
    notices: [],
  });

describe('state tree', () => {
  it('sends a whole snapshot first, then only what changed, with revisions that count up by one', async () => {
    const state = tree();
    const stop = new AbortController();
    const frames = state.watch(stop.signal);
    expect((await frames.next()).value).toMatchObject({ kind: 'snapshot', revision: 1 });
    state.set('session', { kind: 'connecting', networkUrl: 'u' });
    expect((await frames.next()).value).toEqual({
      kind: 'change',
      revision: 2,
      slices: { session: { kind: 'connecting', networkUrl: 'u' } },
    });
    stop.abort();
    expect((await frames.next()).done).toBe(true);
  });

  it('coalesces what changes between two reads, and says nothing when nothing changed', async () => {
    const state = tree();
    const stop = new AbortController();
    const frames = state.watch(stop.signal);
    await frames.next();
    state.set('session', { kind: 'not-enrolled', fix: 'f' });
    for (let count = 0; count < 100; count++) state.set('session', { kind: 'connecting', networkUrl: `u${count}` });
    state.set('sandbox', { ...UNCHECKED, engine: { kind: 'missing', detail: 'd', fix: 'f' } });
    const { value } = await frames.next();
    expect(value).toMatchObject({ revision: 2, slices: { session: { networkUrl: 'u99' }, sandbox: { engine: { kind: 'missing' } } } });
    stop.abort();
  });
});
