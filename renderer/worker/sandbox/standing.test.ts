import { describe, expect, it } from 'vitest';
import type { ProbeResult } from '../../../src/contract/model/sandbox.ts';
import type { WorkerState } from '../../../src/contract/worker-api.ts';
import { inGroups, markOf, tally } from './probe-marks.ts';
import { sandboxStanding, shownProbes } from './standing.ts';

type Sandbox = WorkerState['sandbox'];

const probe = (id: string, over: Partial<ProbeResult> = {}): ProbeResult => ({
  id,
  group: 'kernel',
  title: id,
  outcome: 'not permitted',
  blocked: true,
  benign: false,
  ...over,
});
const BLOCKED = probe('bpf');
const HARMLESS = probe('uname', { blocked: false, benign: true });
const THROUGH = probe('lan', { group: 'network', blocked: false });
const UNTRIED = probe('second-gpu', { group: 'devices', blocked: null });

const checked = (probes: ProbeResult[], over: Partial<Sandbox> = {}): Sandbox => ({
  engine: { kind: 'ready', name: 'Docker Engine', version: '28.1.1', apiVersion: '1.49', missing: [] },
  check: { kind: 'idle' },
  report: {
    report: {
      workerPublicKey: 'key',
      identity: { engine: 'Docker Engine 28.1.1', kernel: '6.8.0', policy: 'sha256:0' },
      checkedAtMs: 1,
      durationMs: 2,
      missing: [],
      probes,
    },
    signature: 'signature',
  },
  isCurrent: true,
  ...over,
});

describe('where the sandbox stands', () => {
  it('holds where what got through was named as harmless beforehand', () => {
    expect(sandboxStanding(checked([BLOCKED, HARMLESS, UNTRIED])).kind).toBe('passed');
    expect(sandboxStanding(checked([BLOCKED, HARMLESS, THROUGH])).kind).toBe('breached');
  });

  it('is out of date on another engine, whatever the report says', () => {
    expect(sandboxStanding(checked([THROUGH], { isCurrent: false })).kind).toBe('stale');
  });

  it('counts as unchecked without a report, and with one of nothing', () => {
    expect(sandboxStanding(checked([], { report: null, isCurrent: false })).kind).toBe('unchecked');
    expect(sandboxStanding(checked([])).kind).toBe('unchecked');
  });

  it('says that there is no engine rather than that a report is out of date', () => {
    const gone = checked([BLOCKED], { engine: { kind: 'missing', detail: 'Nothing answers.', fix: 'Start it.' }, isCurrent: false });
    expect(sandboxStanding(gone).kind).toBe('no-engine');
    expect(sandboxStanding(checked([BLOCKED], { engine: { kind: 'starting' }, isCurrent: false })).kind).toBe('starting');
  });

  it('shows the attacks of the check that runs, and the last whole one again when it breaks off', () => {
    const running = checked([BLOCKED, HARMLESS], {
      check: { kind: 'running', startedAtMs: 0, total: 9, current: null, probes: [THROUGH] },
    });
    expect(sandboxStanding(running).kind).toBe('running');
    expect(shownProbes(running)).toEqual([THROUGH]);
    const brokenOff = { ...running, check: { kind: 'failed', atMs: 3, detail: 'The engine went away.', fix: 'Start it.' } as const };
    expect(sandboxStanding(brokenOff).kind).toBe('passed');
    expect(shownProbes(brokenOff)).toEqual([BLOCKED, HARMLESS]);
  });
});

describe('what became of an attack', () => {
  it('is one of four, and every group is there', () => {
    const probes = [BLOCKED, HARMLESS, THROUGH, UNTRIED];
    expect(probes.map(markOf)).toEqual(['blocked', 'harmless', 'through', 'untried']);
    expect(tally(probes)).toEqual({ blocked: 1, harmless: 1, through: 1, untried: 1 });
    expect(inGroups(probes).map((one) => [one.group, one.probes.length])).toEqual([
      ['files', 0],
      ['kernel', 2],
      ['processes', 0],
      ['network', 1],
      ['resources', 0],
      ['devices', 1],
      ['results', 0],
    ]);
  });
});
