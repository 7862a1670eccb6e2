import { describe, expect, it } from 'vitest';
import type { Presence, ReasonCode } from '../../../src/contract/model/presence.ts';
import type { LeaseStep, LiveLease } from '../../../src/contract/worker-api.ts';
import { headline } from './headline.ts';

const presence = (codes: readonly ReasonCode[], mode: Presence['mode'] = { kind: 'automatic' }): Presence => ({
  decision: codes.length === 0 ? 'run' : 'evict',
  reasons: codes.map((code) => ({ code, detail: code, fix: null, untilMs: null })),
  mode,
  nextEligibleAtMs: null,
});

const lease = (step: LeaseStep): LiveLease => ({
  leaseId: 'l1',
  jobId: 'j1',
  jobName: 'digits',
  image: 'sha256:0',
  deviceId: 'd1',
  step,
  progress: null,
  startedAtMs: null,
  unfrozenMs: 0,
  maxUnfrozenMs: 60_000,
  microPerHour: 50_000,
  chargeMicro: 0,
  netMicro: 0,
  network: 'none',
  memoryBytes: 2 ** 30,
  cpus: 2,
  logTail: [],
});

describe('the headline', () => {
  it('says "not connected" whatever was known before', () => {
    expect(headline(false, { presence: presence([]), leases: [lease('running')] })).toEqual({ kind: 'offline' });
  });

  it('says "earning" only while a job runs, not while one is prepared, frozen or settled', () => {
    const now = (step: LeaseStep) => headline(true, { presence: presence([]), leases: [lease(step)] });
    expect(now('running')).toEqual({ kind: 'earning', jobNames: ['digits'] });
    expect(now('pulling-image')).toMatchObject({ kind: 'waiting', cause: { kind: 'preparing' } });
    expect(now('frozen')).toMatchObject({ kind: 'waiting', cause: { kind: 'frozen' } });
    expect(now('settling')).toMatchObject({ kind: 'waiting', cause: { kind: 'finishing' } });
  });

  it('calls for attention when only a person can help, and waits otherwise', () => {
    const now = (...codes: ReasonCode[]) => headline(true, { presence: presence(codes), leases: [] });
    expect(now('network-unreachable', 'engine-missing')).toEqual({ kind: 'attention', codes: ['network-unreachable', 'engine-missing'] });
    expect(now('input-unknown')).toMatchObject({ kind: 'waiting', cause: { kind: 'reasons', codes: ['input-unknown'] } });
    expect(now()).toMatchObject({ kind: 'waiting', cause: { kind: 'ready' } });
  });

  it('shows the owner’s own pause before other reasons', () => {
    const paused = presence(['paused-by-owner', 'engine-missing'], { kind: 'paused', untilMs: 5 });
    expect(headline(true, { presence: paused, leases: [] })).toEqual({ kind: 'paused', untilMs: 5 });
  });
});
