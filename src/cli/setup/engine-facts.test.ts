import { expect, test } from 'vitest';
import { distributionsOf, findProgram, readEngineFacts } from './engine-facts.ts';

test('the distribution comes before those it is like', () => {
  expect(distributionsOf('NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n')).toEqual(['linuxmint', 'ubuntu', 'debian']);
  expect(distributionsOf('ID="rocky"\n')).toEqual(['rocky']);
  expect(distributionsOf('')).toEqual([]);
});

test.skipIf(process.platform === 'win32')('finds programs, and says null for what is not there (POSIX)', () => {
  expect(findProgram('sh')).toMatch(/\/sh$/);
  expect(findProgram('no-such-program-at-all')).toBeNull();
});

test('knows the platform it runs on', () => {
  const facts = readEngineFacts();
  expect(facts.platform).toBe(['linux', 'darwin', 'win32'].includes(process.platform) ? process.platform : 'other');
});
