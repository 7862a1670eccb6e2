import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, createReadStream, createWriteStream, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import tar, { type Header } from 'tar-stream';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../lib/log.ts';
import { eachEntry } from './archive-entries.ts';
import { findSocketPath } from './engine.ts';
import { type LeaseSpec, openSandbox } from './sandbox.ts';
import { importBashImage } from './testing/bash-image.ts';

const docker = new Docker({ socketPath: findSocketPath() });
const owner = `test-${randomBytes(6).toString('hex')}`;
const stateDir = mkdtempSync(join(tmpdir(), 'nightshift-checkpoint-'));
const sandbox = openSandbox({ owner, stateDir, logger: createLogger('test', 'silent') });
const never = new AbortController().signal;
const destination = join(stateDir, 'checkpoint.tar');
const DISK_BYTES = 16 * 2 ** 20;
let image = '';
let uid = 210_000;

beforeAll(async () => {
  image = await importBashImage(docker);
});
afterEach(() => sandbox.sweep(new Set()));
afterAll(async () => {
  await docker.getImage(image).remove({ force: true });
  rmSync(stateDir, { recursive: true });
});

async function prepared(script: string, checkpoint: LeaseSpec['checkpoint']): Promise<string> {
  uid += 1;
  const leaseId = `lease_${randomBytes(6).toString('hex')}`;
  const limits = { memoryBytes: 64 * 2 ** 20, diskBytes: DISK_BYTES, cpus: 1, gpu: null, network: { kind: 'none' } } as const;
  const spec = { leaseId, uid, image, command: ['bash', '-c', script], env: {}, inputsTar: null, checkpoint, ...limits };
  await sandbox.prepare(spec, never, () => undefined);
  return leaseId;
}

async function started(script: string, savedTar: string | null = null): Promise<string> {
  const leaseId = await prepared(script, { intervalMs: 1_000, tar: savedTar });
  await sandbox.start(leaseId);
  return leaseId;
}

async function ended(script: string, savedTar: string | null = null): Promise<string> {
  const leaseId = await started(script, savedTar);
  await sandbox.waitForExit(leaseId, never);
  return leaseId;
}

const collected = (leaseId: string, maxBytes = DISK_BYTES) => sandbox.collectCheckpoint(leaseId, destination, maxBytes, never);

async function logOf(leaseId: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of sandbox.log(leaseId, never)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function tarOf(...entries: readonly (Partial<Header> & { readonly name: string })[]): Promise<string> {
  const pack = tar.pack();
  for (const entry of entries) pack.entry(entry, entry.type === 'symlink' ? '' : 'x');
  pack.finalize();
  const path = join(stateDir, `${randomBytes(4).toString('hex')}.tar`);
  await pipeline(pack, createWriteStream(path));
  return path;
}

test('a job finds what an earlier one has saved, may change it, and it is brought back whole', async () => {
  const first = await ended('cd $NIGHTSHIFT_CHECKPOINT_DIR; mkdir deep; echo one > deep/a; echo 7 > count.tmp; mv count.tmp count');
  const saved = await collected(first);
  expect(saved).toMatchObject({ sizeBytes: expect.any(Number) });
  const names: string[] = [];
  await eachEntry(createReadStream(destination), async (entry) => {
    names.push(entry.header.name);
    entry.resume();
  });
  expect(names.toSorted()).toEqual(['count', 'deep/', 'deep/a']);

  const second = await ended(
    'cd $NIGHTSHIFT_CHECKPOINT_DIR; echo $PWD $NIGHTSHIFT_CHECKPOINT_INTERVAL_MS; cat deep/a count; echo 8 > count; echo two > deep/b; touch /job/out/x',
    destination,
  );
  expect(await logOf(second)).toBe('/job/checkpoint 1000\none\n7\n');
  const more = await collected(second);
  expect(more?.digest).not.toBe(saved?.digest);
  const third = await ended('cd $NIGHTSHIFT_CHECKPOINT_DIR; cat deep/a deep/b count', destination);
  expect(await logOf(third)).toBe('one\ntwo\n8\n');
  expect((await collected(third))?.digest).toBe(more?.digest);
});

test('a job that saves no checkpoints has no folder for them', async () => {
  const leaseId = await prepared('ls /job; echo "[$NIGHTSHIFT_CHECKPOINT_DIR]"', null);
  expect(await collected(leaseId)).toBeNull(); // not started
  await sandbox.start(leaseId);
  await sandbox.waitForExit(leaseId, never);
  expect((await logOf(leaseId)).split('\n')).toEqual(expect.not.arrayContaining(['checkpoint']));
  expect(await logOf(leaseId)).toContain('[]');
});

test('nothing saved is no checkpoint, and neither is a job that never was', async () => {
  expect(await collected(await ended('mkdir checkpoint/empty'))).toBeNull();
  expect(await collected('lease_unknown')).toBeNull();
});

test('hostile checkpoints are refused by name, and so are too large ones', async () => {
  const refusal = async (script: string, maxBytes = DISK_BYTES): Promise<string> =>
    collected(await ended(`cd checkpoint; echo good > state; ${script}`), maxBytes).then(
      () => 'collected',
      (error: unknown) => String(error),
    );
  expect(await refusal('ln -s /etc/passwd link')).toMatch(/checkpoints hold a symbolic link: "checkpoint\/link"/);
  expect(await refusal('ln state other')).toMatch(/hard link/);
  expect(await refusal('mkfifo pipe')).toMatch(/named pipe/);
  expect(await refusal('cd ..; rm -r checkpoint; ln -s /etc checkpoint')).toMatch(/symbolic link: "\/job\/checkpoint"/);
  expect(await refusal('dd if=/dev/zero of=sparse bs=1 count=1 seek=10G 2>/dev/null')).toMatch(/more than 16777216 bytes/);
  expect(await refusal('true', 1_024)).toMatch(/more than 1024 bytes/);
  expect(readdirSync(stateDir).filter((name) => name.endsWith('.part'))).toEqual([]);
});

test('a hostile archive of a checkpoint starts no job', async () => {
  for (const [header, words] of [
    [{ name: '../out/planted' }, /checkpoints hold a path that leaves its folder/],
    [{ name: 'link', type: 'symlink', linkname: '/etc/passwd' }, /checkpoints hold a symbolic link/],
  ] as const) {
    const archive = await tarOf({ name: 'good' }, header);
    await expect(started('true', archive)).rejects.toThrow(words);
  }
});

test('the time of the last save is told while the job runs', async () => {
  const leaseId = await started('sleep 1; echo 1 > checkpoint/a.tmp; mv checkpoint/a.tmp checkpoint/a; sleep 60');
  const run = await sandbox.status(leaseId);
  const startedAtMs = run.kind === 'running' ? run.startedAtMs : Number.NaN;
  expect(await sandbox.checkpointAtMs(leaseId)).toBeLessThan(startedAtMs);
  const deadlineMs = Date.now() + 20_000;
  while (((await sandbox.checkpointAtMs(leaseId)) ?? 0) < startedAtMs && Date.now() < deadlineMs) await sleep(100);
  expect(await sandbox.checkpointAtMs(leaseId)).toBeGreaterThan(startedAtMs);
  expect(await sandbox.checkpointAtMs('lease_unknown')).toBeNull();
});

test('a checkpoint outlives a restart of the machine, but not one that tore its disk', async () => {
  const leaseId = await ended('echo saved > checkpoint/state');
  const path = join(stateDir, 'disks', `nightshift-${leaseId}-job.ext4`);
  const device = execFileSync('losetup', ['--noheadings', '--output', 'NAME', '--associated', path], { encoding: 'utf8' }).trim();
  expect(device).toMatch(/^\/dev\/loop\d+$/);
  const restart = (): void => void execFileSync('losetup', ['--detach', device]); // all that a restart leaves of a stopped job
  restart();
  expect(await collected(leaseId)).toMatchObject({ sizeBytes: expect.any(Number) });
  restart();
  const disk = openSync(path, 'r+');
  writeSync(disk, Buffer.from([0, 0]), 0, 2, 1024 + 0x3a); // as a power cut leaves a mounted disk
  closeSync(disk);
  await expect(collected(leaseId)).rejects.toThrow(/not unmounted/);
});
