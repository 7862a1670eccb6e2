import { expect, test } from 'vitest';
import { createAnswerReader, inWords, toResult } from './answers.ts';
import { PROBES } from './probes.ts';

const probeOf = (id: string) => {
  const probe = PROBES.find((each) => each.id === id);
  if (probe === undefined) throw new Error(`no probe ${id}`);
  return probe;
};
const open = { result: 'open', detail: 'the kernel did it' } as const;
const noDiskLimits = ['Disk limits are not enforced: disks of a fixed size need Linux.'];

test('answers are read as they come, in pieces, among lines that are none', () => {
  const read = createAnswerReader();
  expect(read(Buffer.from('noise\n{"id":"reboot","result":"blo')).size).toBe(0);
  expect(read(Buffer.from('cked","detail":"EPERM"}\n{"id":"bpf","result":"fine","detail":""}\n{"broken'))).toEqual(
    new Map([['reboot', { id: 'reboot', result: 'blocked', detail: 'EPERM' }]]),
  );
});

test('a probe without an answer, or that does not know, counts as not stopped', () => {
  expect(toResult(probeOf('reboot'), null, [])).toMatchObject({
    blocked: false,
    benign: false,
    outcome: expect.stringContaining('no answer'),
  });
  expect(toResult(probeOf('reboot'), { result: 'unable', detail: 'it did not end in time' }, [])).toMatchObject({ blocked: false });
});

test("what stopped an attack is told in words, with the kernel's own", () => {
  expect(['EPERM', 'ENOENT: /dev/kvm', 'empty: /proc/keys', 'EKEYREVOKED', 'killed for its memory'].map(inWords)).toEqual([
    'not permitted (EPERM)',
    'not there: /dev/kvm',
    'nothing to see: /proc/keys',
    'EKEYREVOKED',
    'killed for its memory',
  ]);
});

test('a limit that the engine is known not to enforce is no breach; any other is, also there', () => {
  expect(toResult(probeOf('fill-job'), open, noDiskLimits)).toMatchObject({
    blocked: null,
    outcome: expect.stringContaining('Disk limits'),
  });
  expect(toResult(probeOf('fill-job'), open, [])).toMatchObject({ blocked: false });
  expect(toResult(probeOf('reboot'), open, noDiskLimits)).toMatchObject({ blocked: false });
  expect(toResult(probeOf('fill-job'), { result: 'blocked', detail: 'ENOSPC' }, noDiskLimits)).toMatchObject({ blocked: true });
});
