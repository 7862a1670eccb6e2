import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { namesIn, runNamed } from './named.ts';

const folder = mkdtempSync(join(tmpdir(), 'nightshift-named-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
for (const file of ['yields.ts', '_shared.ts', 'yields.test.ts']) {
  writeFileSync(join(folder, file), "process.exitCode = process.argv[2] === '--json' ? 5 : 6;\n");
}

test('lists programs, not their tests and helpers', () => {
  expect(namesIn(folder)).toEqual(['yields']);
});

test('runs the named program with the other arguments and ends as it ends', async () => {
  expect(await runNamed('bench', folder, ['yields', '--json'])).toBe(5);
});

test('an unknown name is an error, and none is a list', async () => {
  expect(await runNamed('bench', folder, ['../named'])).toBe(2);
  expect(await runNamed('bench', folder, [])).toBe(0);
  expect(await runNamed('soak', join(folder, 'none'), [])).toBe(0);
});
