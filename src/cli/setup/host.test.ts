import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type HostFacts, hostProblems, readHostFacts } from './host.ts';

const good: HostFacts = {
  osName: 'Debian GNU/Linux 12 (bookworm)',
  platform: 'linux',
  architecture: 'x64',
  coreCount: 2,
  memoryBytes: 8 * 2 ** 30,
  dataDir: '/data',
  diskFreeBytes: 50 * 2 ** 30,
  nodeVersion: 'v24.21.0',
  isRoot: false,
  hasDisplay: false,
};

test('a plain machine has no problems', () => {
  expect(hostProblems(good)).toEqual([]);
});

test('each shortage is said with its numbers', () => {
  const poor = { ...good, memoryBytes: 2 ** 30, diskFreeBytes: 1.5 * 2 ** 30, nodeVersion: 'v24.11.0', architecture: 'ia32' };
  expect(hostProblems(poor).map(({ code, sentence }) => `${code}: ${sentence}`)).toEqual([
    'disk-low: Only 1.5 GiB are free on the disk of /data; jobs need at least 2.0 GiB.',
    'memory-low: This machine has 1.0 GiB of memory; jobs need at least 2.0 GiB.',
    'node-old: Node v24.11.0 cannot run Nightshift, which needs 24.12 or later.',
    'architecture-unsupported: There is no sandbox for ia32 processors.',
  ]);
});

test('reads this machine, also for a data folder that does not exist yet', () => {
  const facts = readHostFacts(join(tmpdir(), 'none', 'such', 'folder'));
  expect(facts.coreCount).toBeGreaterThan(0);
  expect(facts.memoryBytes).toBeGreaterThan(2 ** 20);
  expect(facts.diskFreeBytes).toBeGreaterThan(0);
});
