import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockProblems, parseLock, repairLock } from './lock.ts';

const committed = parseLock(readFileSync(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8'));

test('the lock file installs on a clean machine, on any platform, from the public registry', () => {
  expect(lockProblems(committed)).toEqual([]);
});

test('a lock that npm wrote again is found out, and repaired to what it was', () => {
  const relocked = structuredClone(committed);
  delete relocked.packages['node_modules/better-sqlite3']?.gypfile;
  expect(lockProblems(relocked)).toEqual([expect.stringContaining('npm run relock')]);
  expect(repairLock(relocked)).toEqual(committed);
});

test('addresses that npm left out are put back as they were', () => {
  const relocked = structuredClone(committed);
  for (const entry of Object.values(relocked.packages)) delete entry.resolved;
  expect(lockProblems(relocked).length).toBeGreaterThan(100);
  expect(repairLock(relocked)).toEqual(committed);
});

test('a missing platform package, hash or address and a foreign host are found out', () => {
  const lock = parseLock(
    JSON.stringify({
      packages: {
        '': {},
        'node_modules/a': {
          version: '1.0.0',
          resolved: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz',
          integrity: 'sha512-x',
          optionalDependencies: { 'a-win32': '1.0.0' },
        },
        'node_modules/b': { version: '1.0.0' },
        'node_modules/c': { version: '1.0.0', resolved: 'https://mirror.example/c.tgz', integrity: 'sha512-x' },
        'node_modules/c/node_modules/bundled': { version: '1.0.0', inBundle: true },
      },
    }),
  );
  expect(lockProblems(lock)).toEqual([
    expect.stringContaining('a-win32'),
    'node_modules/b has no integrity hash.',
    'node_modules/b has no resolved address.',
    'node_modules/c resolves to mirror.example.',
  ]);
});
