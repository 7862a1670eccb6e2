import { expect, it } from 'vitest';
import type { ProbeResult } from '../../contract/model/sandbox.ts';
import { settings } from '../../contract/model/settings.ts';
import type { WorkerState } from '../../contract/worker-api.ts';
import { standingOf } from './sandbox-step.ts';

const probe = (change: Partial<ProbeResult>): ProbeResult => ({
  id: 'mount',
  group: 'files',
  title: 'Mount a disk',
  outcome: 'EPERM',
  blocked: true,
  benign: false,
  ...change,
});
type Checked = Partial<WorkerState['sandbox']> & { readonly probes?: readonly ProbeResult[]; readonly checkFirst?: boolean };
const standing = ({ probes, checkFirst = true, ...sandbox }: Checked) =>
  standingOf({
    settings: { values: settings.parse({ 'sandbox.checkFirst': checkFirst }), layerOf: {} as never, locked: [] }, // layers are not looked at
    sandbox: {
      engine: { kind: 'starting' },
      check: { kind: 'idle' },
      isCurrent: true,
      report: probes
        ? {
            report: {
              workerPublicKey: 'k',
              identity: { engine: 'e', kernel: 'k', policy: 'p' },
              checkedAtMs: 0,
              durationMs: 1,
              missing: [],
              probes: [...probes],
            },
            signature: 's',
          }
        : null,
      ...sandbox,
    },
  });

it('waits for a report of this engine', () => {
  expect(standing({})).toBeNull();
  expect(standing({ probes: [probe({})], isCurrent: false })).toBeNull();
});

it('counts what was blocked, and lets a harmless one through', () => {
  const probes = [probe({}), probe({}), probe({ blocked: false, benign: true }), probe({ blocked: null })];
  expect(standing({ probes })).toEqual({ kind: 'passed', text: expect.stringMatching(/ 2 attacks blocked, 1 harmless/) });
});

it('names what got through, and what to do', () => {
  const found = standing({ probes: [probe({}), probe({ blocked: false, outcome: 'mounted' })] });
  expect(found).toEqual({ kind: 'failed', text: expect.stringMatching(/1 of 2 .*\n {2}- Mount a disk \(mounted\)\n.*Update/) });
});

it('says why a check broke off, and asks for none where the owner wants none', () => {
  const failed = { kind: 'failed', atMs: 0, detail: 'The disk is full.', fix: 'Free some.' } as const;
  expect(standing({ check: failed })).toEqual({ kind: 'failed', text: expect.stringContaining('The disk is full.\n  Free some.') });
  expect(standing({ checkFirst: false })).toEqual({ kind: 'not-asked' });
});
