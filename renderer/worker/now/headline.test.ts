import { describe, expect, it } from 'vitest';
import type { OwnerMode, Presence, ReasonCode, YieldRecord, Yields } from '../../../src/contract/model/presence.ts';
import type { LeaseStep, LiveLease, WorkerState } from '../../../src/contract/worker-api.ts';
import { type Headline, headline } from './headline.ts';
import { headlineText } from './headline-text.ts';

const NOW = new Date(2026, 10, 22, 20, 0).getTime();
const MINUTE = 60_000;

const presence = (codes: readonly ReasonCode[], over: Partial<Presence> = {}): Presence => ({
  decision: codes.length === 0 ? 'run' : 'freeze',
  sinceMs: 0,
  reasons: codes.map((code) => ({ code, detail: code, fix: null, untilMs: null })),
  devices: [],
  mode: { kind: 'automatic' },
  nextEligibleAtMs: null,
  ...over,
});

const lease = (step: LeaseStep, over: Partial<LiveLease> = {}): LiveLease => ({
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
  network: { kind: 'none' },
  memoryBytes: 2 ** 30,
  cpus: 2,
  logTail: [],
  throttled: false,
  checkpoint: null,
  ...over,
});

const NO_YIELDS: Yields = { freeze: null, evict: null, recent: [] };
const show = (state: Partial<Pick<WorkerState, 'presence' | 'leases' | 'yields'>>): Headline =>
  headline(true, { presence: presence([]), leases: [], yields: NO_YIELDS, ...state });

const made = (kind: YieldRecord['kind'], causes: ReasonCode[]): YieldRecord => ({
  id: 1,
  leaseId: 'l1',
  jobName: 'digits',
  kind,
  means: 'kill',
  causes,
  atMs: NOW - MINUTE,
  latencyUs: 640_000,
  failedAttempts: 0,
  resumedAtMs: null,
});

const text = (shown: Headline): string => headlineText(shown, NOW, 10 * MINUTE);

describe('the headline', () => {
  it('says "not connected" whatever was known before', () => {
    expect(headline(false, { presence: presence([]), leases: [lease('running')], yields: NO_YIELDS })).toEqual({ kind: 'offline' });
  });

  it('says "earning" only while a job runs, not while one is prepared, frozen or settled', () => {
    const now = (step: LeaseStep) => show({ presence: presence([]), leases: [lease(step)] });
    expect(now('running')).toEqual({ kind: 'earning', jobNames: ['digits'], finishUntilMs: null });
    expect(now('pulling-image')).toMatchObject({ kind: 'waiting', cause: { kind: 'preparing' } });
    expect(now('frozen')).toMatchObject({ kind: 'frozen', jobName: 'digits' });
    expect(now('settling')).toMatchObject({ kind: 'waiting', cause: { kind: 'settling' } });
  });

  it('tells gentle from full, and says full as long as one job has all it may use', () => {
    const gentle = lease('running', { throttled: true });
    expect(show({ presence: presence(['owner-active']), leases: [gentle] }).kind).toBe('gentle');
    expect(show({ presence: presence([]), leases: [gentle, lease('running')] }).kind).toBe('earning');
  });

  it('says when a frozen job goes on, and that it makes way if the owner stays', () => {
    const shown = show({
      presence: presence(['owner-active'], { nextEligibleAtMs: NOW + 192_000 }),
      leases: [lease('frozen')],
    });
    expect(text(shown)).toBe(
      'Goes on in 3:12 if you stay away. “digits” is frozen and not billed. If you stay for 10 minutes, it makes way altogether.',
    );
  });

  it('says that the machine was given back while what a job made way for still stands', () => {
    const evicted = (code: ReasonCode) =>
      show({ presence: presence([code]), yields: { freeze: null, evict: null, recent: [made('evict', ['fullscreen'])] } });
    expect(evicted('fullscreen')).toMatchObject({ kind: 'given-back', jobName: 'digits' });
    expect(text(evicted('fullscreen'))).toBe(
      'A program fills the screen, so the machine is yours. “digits” made way at 19:59; no job holds any of this machine.',
    );
    expect(evicted('hot')).toMatchObject({ kind: 'waiting' });
    expect(
      show({
        presence: presence(['fullscreen']),
        yields: { freeze: null, evict: null, recent: [made('freeze', ['fullscreen'])] },
      }),
    ).toMatchObject({ kind: 'waiting' });
  });

  it('calls for attention when only a person can help, and waits otherwise', () => {
    const now = (...codes: ReasonCode[]) => show({ presence: presence(codes), leases: [] });
    expect(now('network-unreachable', 'engine-missing')).toEqual({ kind: 'attention', codes: ['network-unreachable', 'engine-missing'] });
    expect(now('input-unknown')).toMatchObject({ kind: 'waiting', cause: { kind: 'reasons', codes: ['input-unknown'] } });
    expect(now()).toMatchObject({ kind: 'waiting', cause: { kind: 'ready' } });
  });

  it('says when work may start: by the clock, or only if the owner stays away', () => {
    const waiting = (code: ReasonCode, atMs: number) => text(show({ presence: presence([code], { nextEligibleAtMs: atMs }), leases: [] }));
    expect(waiting('outside-schedule', NOW + 120 * MINUTE)).toBe(
      'May start today at 22:00 (in 2 h). This hour is not one of those you set.',
    );
    expect(waiting('owner-active', NOW + 192_000)).toBe('Starts in 3:12 if you stay away. You are using this machine.');
  });

  it('shows the owner’s own pause before other reasons', () => {
    const mode: OwnerMode = { kind: 'paused', sinceMs: NOW, untilMs: NOW + 10 * 60 * MINUTE };
    const shown = show({ presence: presence(['paused-by-owner', 'engine-missing'], { mode }), leases: [] });
    expect(shown).toEqual({ kind: 'paused', mode: 'paused', untilMs: mode.untilMs });
    expect(text(shown)).toBe('Nothing runs before tomorrow at 06:00 (in 10 h). Then Nightshift goes on by itself.');
  });

  it('goes on earning while a job finishes, and says that nothing new starts', () => {
    const mode: OwnerMode = { kind: 'finishing', sinceMs: NOW, untilMs: NOW + 10 * 60 * MINUTE };
    const shown = show({ presence: presence(['finishing'], { mode }), leases: [lease('running')] });
    expect(shown).toMatchObject({ kind: 'earning', finishUntilMs: mode.untilMs });
    expect(text(shown)).toContain('Nothing new starts before tomorrow at 06:00');
  });
});
