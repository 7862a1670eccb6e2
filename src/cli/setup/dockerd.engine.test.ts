import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { daemonOfPidFile, startDockerd } from './dockerd.ts';
import { findProgram } from './engine-facts.ts';
import { probeEngine } from './engine-probe.ts';

const dockerd = findProgram('dockerd');
const canStart = process.platform === 'linux' && process.getuid?.() === 0 && dockerd !== null;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));

/** A daemon that shares nothing with the machine's own. */
const privateArgs = (): readonly string[] => [
  ...['--host', `unix://${join(folder, 'docker.sock')}`, '--pidfile', join(folder, 'docker.pid')],
  ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
  ...['--bridge=none', '--iptables=false', '--storage-driver=vfs'],
];
const probe = () => probeEngine(join(folder, 'docker.sock'));
const privateFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('nightshift-dockerd-'));

test.skipIf(!canStart)('starts a daemon that answers, and stops it and nothing else (needs root and dockerd)', async () => {
  const machineBefore = await probeEngine(null);
  const start = await startDockerd(dockerd ?? '', privateArgs(), probe, new AbortController().signal);
  if (start.kind !== 'answers') throw new Error(start.detail);
  expect(await probe()).toEqual({ kind: 'ready', version: start.version });
  await start.daemon[Symbol.asyncDispose]();
  expect((await probe()).kind).not.toBe('ready');
  expect(existsSync(join(folder, 'docker.pid'))).toBe(false);
  expect(await probeEngine(null)).toEqual(machineBefore);
});

test.skipIf(!canStart)('says what the daemon wrote when it cannot start (needs root and dockerd)', async () => {
  const before = privateFolders();
  const start = await startDockerd(dockerd ?? '', ['--no-such-flag'], probe, new AbortController().signal);
  expect(start).toMatchObject({ kind: 'failed', detail: expect.stringContaining('no-such-flag') });
  expect(privateFolders()).toEqual(before);
});

test.skipIf(!canStart)('an abort while it starts leaves no daemon behind (needs root and dockerd)', async () => {
  const abort = new AbortController();
  const start = startDockerd(dockerd ?? '', privateArgs(), probe, abort.signal);
  setTimeout(() => abort.abort(), 50); // it needs longer than this to answer
  await expect(start).rejects.toThrow(/abort/i);
  expect((await probe()).kind).not.toBe('ready');
});

test('a program that does not exist is an answer, not a crash', async () => {
  const start = await startDockerd(join(folder, 'none'), [], probe, new AbortController().signal);
  expect(start.kind).toBe('failed');
});

test('a pid file without a living daemon is none', () => {
  expect(daemonOfPidFile(null)).toBeNull();
  expect(daemonOfPidFile('not a number')).toBeNull();
  expect(daemonOfPidFile('4194305')).toBeNull(); // above the kernel's largest process id
  expect(daemonOfPidFile(String(process.pid))).toBeNull(); // alive, and no daemon
});
