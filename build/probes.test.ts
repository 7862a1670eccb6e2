import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { IN_CONTAINER } from '../src/agent/sandbox/check/probes.ts';
import { tempFolder } from '../src/lib/testing/temp-folder.ts';
import { buildProbes, PROBES_PROGRAM, probeSourcesDigest } from './probes.ts';

const runsHere = process.platform === 'linux' && process.arch === 'x64';
const hasCompiler = runsHere && existsSync('/usr/bin/gcc') && existsSync('/usr/include/linux/bpf.h');
const idsOf = (program: string): readonly string[] => execFileSync(program, ['list'], { encoding: 'utf8' }).trim().split('\n');

test('the committed program is of the committed sources, and small', () => {
  expect(readFileSync(PROBES_PROGRAM, 'latin1')).toContain(`nightshift-probes-sources ${probeSourcesDigest()}`);
  expect(statSync(PROBES_PROGRAM).size).toBeLessThan(60_000);
});

test.runIf(runsHere)('the program tries what the catalogue tells of, in its order', () => {
  expect(idsOf(PROBES_PROGRAM)).toEqual(IN_CONTAINER.map(({ id }) => id));
});

test.runIf(hasCompiler)('the sources still compile, to a program that tries the same', () => {
  const rebuilt = join(tempFolder(), 'probes');
  buildProbes(rebuilt);
  expect(idsOf(rebuilt)).toEqual(idsOf(PROBES_PROGRAM));
});
