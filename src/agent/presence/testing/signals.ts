import { settings } from '../../../contract/model/settings.ts';
import type { PolicyInput } from '../reasons.ts';
import type { Reading, Readings, SignalName, SignalValues } from '../signals.ts';
import type { RunningJob } from '../verdict.ts';

export const known = <T>(value: T): Reading<T> => ({ kind: 'known', value, source: 'test' });
export const unknown: Reading<never> = { kind: 'unknown', source: 'test', detail: 'It broke.', fix: 'Mend it.' };
export const absent: Reading<never> = { kind: 'absent', source: 'test', detail: 'There is none.' };

/** A desktop that nobody has touched for a day. */
export const UNTOUCHED: Readings = {
  input: known({ idleMs: 86_400_000 }),
  gamepad: absent,
  fullscreen: known(null),
  inhibitor: known([]),
  session: known({ locked: false, remote: false, otherUser: false }),
  gpu: absent,
  power: absent,
  temperature: absent,
  draw: absent,
  cpu: known({ shareByOthers: 0 }),
  programs: known([]),
  metered: absent,
  sleep: known({ suspending: false }),
};

export const DEFAULTS = settings.parse({});

/** Everything there and nothing against running. */
export const ABLE: PolicyInput = {
  readings: UNTOUCHED,
  mode: { kind: 'automatic' },
  settings: DEFAULTS,
  schedule: { open: true, opensAtMs: null },
  wokeAtMonotonicMs: null,
  ownWork: false,
  engine: { kind: 'ready', name: 'Docker', version: '28', apiVersion: '1.41', missing: [] },
  sandbox: 'passed',
  session: { kind: 'online', networkUrl: 'http://n', networkName: 'n', sessionEpoch: 1, sinceMs: 0 },
  devices: [{ id: 'dev_1', class: 'cpu', fault: null }],
  benchmarking: false,
  diskFull: false,
  stopping: false,
};

export const JOB: RunningJob = { leaseId: 'lease_1', deviceId: 'dev_1', deviceClass: 'cpu', runNow: false };

export const withReading = <S extends SignalName>(input: PolicyInput, signal: S, reading: Reading<SignalValues[S]>): PolicyInput => ({
  ...input,
  readings: { ...input.readings, [signal]: reading },
});
