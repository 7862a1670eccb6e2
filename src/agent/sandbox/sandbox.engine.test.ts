import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import tar from 'tar-stream';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ProblemError } from '../../contract/model/problem.ts';
import { createLogger } from '../../lib/log.ts';
import { eachEntry } from './archive-entries.ts';
import { findSocketPath } from './engine.ts';
import { MAX_LOG_BYTES, MAX_LOG_LINES } from './log.ts';
import { type LeaseSpec, openSandbox } from './sandbox.ts';
import { importBashImage } from './testing/bash-image.ts';

const docker = new Docker({ socketPath: findSocketPath() });
const owner = `test-${randomBytes(6).toString('hex')}`;
const stateDir = mkdtempSync(join(tmpdir(), 'nightshift-sandbox-'));
/** Nothing answers there: a pull from it fails at once. */
const silentRegistry = '127.0.0.1:9';
const sandbox = openSandbox({
  owner,
  stateDir,
  imagePolicy: () => ({ registries: [silentRegistry], maxImageBytes: 2 ** 30, cacheBytes: 2 ** 30 }),
  logger: createLogger('test', 'silent'),
});
const never = new AbortController().signal;
const ignoreProgress = (): void => undefined;
let image = '';
let uid = 200_000;

beforeAll(async () => {
  image = await importBashImage(docker);
});

afterEach(() => sandbox.sweep(new Set()));

afterAll(async () => {
  await docker.getImage(image).remove({ force: true });
  rmSync(stateDir, { recursive: true });
});

function specOf(script: string, change: Partial<LeaseSpec> = {}): LeaseSpec {
  uid += 1;
  return {
    leaseId: `lease_${randomBytes(6).toString('hex')}`,
    uid,
    image,
    command: ['bash', '-c', script],
    env: {},
    inputsTar: null,
    checkpoint: null,
    memoryBytes: 64 * 2 ** 20,
    diskBytes: 16 * 2 ** 20,
    cpus: 1,
    gpu: null,
    network: { kind: 'none' },
    ...change,
  };
}

async function started(script: string, change: Partial<LeaseSpec> = {}): Promise<string> {
  const spec = specOf(script, change);
  await sandbox.prepare(spec, never, ignoreProgress);
  await sandbox.start(spec.leaseId);
  return spec.leaseId;
}

async function ended(script: string, change: Partial<LeaseSpec> = {}): Promise<string> {
  const leaseId = await started(script, change);
  await sandbox.waitForExit(leaseId, never);
  return leaseId;
}

async function logOf(leaseId: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of sandbox.log(leaseId, never)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** What a promise's ProblemError says. */
async function problemOf(promise: Promise<unknown>): Promise<{ code: string; detail: string }> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ProblemError)) throw new Error(`expected a problem, got ${String(error)}`);
  return error.problem;
}

type TarEntry = Parameters<tar.Pack['entry']>[0] & { readonly text?: string };

async function tarOf(...entries: readonly TarEntry[]): Promise<string> {
  const path = join(stateDir, `${randomBytes(6).toString('hex')}.tar`);
  const pack = tar.pack();
  for (const { text, ...header } of entries) pack.entry(header, text ?? '');
  pack.finalize();
  await pipeline(Readable.from(pack), createWriteStream(path));
  return path;
}

const loopDevices = (): string => execFileSync('losetup', ['--all'], { encoding: 'utf8' });

test('the engine is ready and says what it does not enforce', async () => {
  expect(await sandbox.engine(never)).toMatchObject({ kind: 'ready', version: expect.any(String), missing: expect.any(Array) });
});

test('an engine that is not there is a state with a way out, and lost for every call', async () => {
  const lost = openSandbox({ owner, stateDir, socketPath: join(stateDir, 'none.sock'), logger: createLogger('test', 'silent') });
  expect(await lost.engine(never)).toMatchObject({ kind: 'missing', fix: expect.stringContaining('docker') });
  expect(await problemOf(lost.status('lease_1'))).toMatchObject({ code: 'engine-lost' });
  expect(await problemOf(lost.wipe('lease_1'))).toMatchObject({ code: 'engine-lost' });
  expect(await problemOf(lost.prepare(specOf('true'), never, ignoreProgress))).toMatchObject({ code: 'engine-lost' });
});

test('what an agent finds running is held until it can decide, and nothing of others', async () => {
  const spec = specOf('while :; do :; done');
  await sandbox.prepare(spec, never, ignoreProgress);
  await sandbox.start(spec.leaseId);
  const stranger = openSandbox({ owner: `${owner}-2`, stateDir, logger: createLogger('test', 'silent') });
  await stranger.holdAll();
  expect(await sandbox.status(spec.leaseId)).toMatchObject({ kind: 'running' });
  await sandbox.holdAll();
  expect(await sandbox.status(spec.leaseId)).toMatchObject({ kind: 'paused' });
  await sandbox.holdAll();
  await sandbox.wipe(spec.leaseId);
});

test('a job runs from inputs to outputs and leaves nothing', async () => {
  const inputsTar = await tarOf(
    { name: 'a/', type: 'directory' },
    { name: 'a/deep/name.txt', text: 'from the renter' },
    { name: './top', text: 'x' },
  );
  const spec = specOf('cat /in/a/deep/name.txt; echo; echo error >&2; mkdir out/d; echo result > out/d/r.txt; touch out/not-asked-for', {
    inputsTar,
  });
  const steps = new Set<string>();

  expect(await sandbox.status(spec.leaseId)).toEqual({ kind: 'absent' });
  await sandbox.prepare(spec, never, (step) => steps.add(step));
  expect(steps).toEqual(new Set(['checking-image', 'preparing-disk']));
  expect(await sandbox.status(spec.leaseId)).toEqual({ kind: 'created' });

  const startedAtMs = await sandbox.start(spec.leaseId);
  expect(Math.abs(Date.now() - startedAtMs)).toBeLessThan(5_000);
  expect(await sandbox.start(spec.leaseId)).toBe(startedAtMs);
  expect(await sandbox.waitForExit(spec.leaseId, never)).toMatchObject({ kind: 'exited', exitCode: 0, outOfMemory: false, startedAtMs });
  expect((await logOf(spec.leaseId)).split('\n').toSorted()).toEqual(['', 'error', 'from the renter']);

  const destination = join(stateDir, 'artifacts.tar');
  const artifacts = await sandbox.collect(spec.leaseId, ['d'], destination, 2 ** 20, never);
  const bytes = readFileSync(destination);
  expect(artifacts).toEqual({ digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, sizeBytes: bytes.length });
  const names: string[] = [];
  await eachEntry(createReadStream(destination), async (entry) => {
    names.push(`${entry.header.name} ${entry.header.mode.toString(8)} ${entry.header.uid} ${entry.header.mtime.getTime()}`);
    entry.resume();
  });
  expect(names).toEqual(['d/ 755 0 0', 'd/r.txt 644 0 0']);
  expect(await sandbox.collect(spec.leaseId, [], destination, 2 ** 20, never)).toBeNull();

  await sandbox.wipe(spec.leaseId);
  await sandbox.wipe(spec.leaseId);
  expect(await sandbox.status(spec.leaseId)).toEqual({ kind: 'absent' });
  expect(await sandbox.sweep(new Set())).toEqual([]);
  expect(loopDevices()).not.toContain(stateDir);
});

test('a job is nobody, with no capability, no network and nothing to write but its own folders', async () => {
  const leaseId = await started(
    `id -u; while read -r line; do case $line in CapEff*|CapBnd*|NoNewPrivs*|Seccomp:*) echo $line;; esac; done < /proc/self/status
     for place in / /etc /usr/bin /in /sys /proc/sys/kernel /dev; do (echo x > $place/x) 2>/dev/null && echo "wrote $place"; done
     for place in /tmp /job /job/out /job/tmp /job/checkpoint; do (echo x > $place/x) 2>/dev/null || echo "not writable $place"; done
     (echo x > /dev/tcp/1.1.1.1/80) 2>/dev/null && echo connected
     (echo x > /dev/tcp/172.17.0.1/22) 2>/dev/null && echo connected
     while read -r line; do echo "interface $line"; done < <(tail -n +3 /proc/net/dev)
     echo "$HOME $TMPDIR $NIGHTSHIFT_INPUTS $NIGHTSHIFT_OUTPUTS $NIGHTSHIFT_CHECKPOINT_DIR $PWD [$LD_PRELOAD$NVIDIA_VISIBLE_DEVICES] $MINE"`,
    {
      env: { LD_PRELOAD: '/job/evil.so', NVIDIA_VISIBLE_DEVICES: 'all', HOME: '/root', MINE: 'kept' },
      checkpoint: { intervalMs: 1_000, tar: null },
    },
  );
  await sandbox.waitForExit(leaseId, never);
  const lines = (await logOf(leaseId)).trim().split('\n');
  expect(lines.filter((line) => !line.startsWith('interface lo:'))).toEqual(
    [
      String(uid),
      'CapBnd: 0000000000000000',
      'CapEff: 0000000000000000',
      'NoNewPrivs: 1',
      'Seccomp: 2',
      '/job /job/tmp /in /job/out /job/checkpoint /job [void] kept',
    ].toSorted((a, b) => lines.indexOf(a) - lines.indexOf(b)),
  );

  const made = await docker.getContainer(`nightshift-${leaseId}`).inspect();
  expect(made.HostConfig).toMatchObject({
    NetworkMode: 'none',
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    IpcMode: 'private',
    CgroupnsMode: 'private',
  });
  expect(made.HostConfig.MaskedPaths).toContain('/proc/keys');
  expect(Object.keys(made.NetworkSettings.Networks)).toEqual(['none']);
});

test('a job cannot write more than its disk holds', async () => {
  const leaseId = await ended('head -c 64M /dev/zero > out/big; echo "exit $?"');
  expect(await logOf(leaseId)).toMatch(/No space left on device\nexit 1\n/);
});

test('a job that wants more memory than granted ends out of memory', async () => {
  const leaseId = await started('x=$(head -c 200M /dev/zero | tr "\\0" a)');
  expect(await sandbox.waitForExit(leaseId, never)).toMatchObject({ kind: 'exited', exitCode: 137, outOfMemory: true });
});

test('a frozen job stands still and goes on when thawed', async () => {
  const leaseId = await started('for ((i = 0; ; i++)); do echo $i > out/count; sleep 0.01; done');
  const count = (): string => execFileSync('docker', ['cp', `nightshift-${leaseId}:/job/out/count`, '-'], { encoding: 'utf8' });
  await sleep(200);
  await sandbox.freeze(leaseId);
  await sandbox.freeze(leaseId);
  expect(await sandbox.status(leaseId)).toMatchObject({ kind: 'paused' });
  const frozen = count();
  await sleep(200);
  expect(count()).toBe(frozen);
  await sandbox.thaw(leaseId);
  await sandbox.thaw(leaseId);
  expect(await sandbox.status(leaseId)).toMatchObject({ kind: 'running' });
  await sleep(200);
  expect(count()).not.toBe(frozen);
});

test('a job can be killed while it runs, while it is frozen, and again', async () => {
  for (const frozen of [false, true]) {
    const leaseId = await started('trap "" TERM; while :; do sleep 1; done');
    if (frozen) await sandbox.freeze(leaseId);
    const exit = sandbox.waitForExit(leaseId, never);
    await sandbox.kill(leaseId);
    expect(await exit).toMatchObject({ kind: 'exited', exitCode: 137, outOfMemory: false });
    await sandbox.kill(leaseId);
    await sandbox.freeze(leaseId);
    await sandbox.thaw(leaseId);
  }
  await sandbox.kill('lease_unknown');
});

test('a job that the engine stops, as it does when it shuts down, did not exit by itself', async () => {
  const leaseId = await started('trap "exit 0" TERM; while :; do sleep 0.05; done');
  const exit = problemOf(sandbox.waitForExit(leaseId, never));
  await sleep(200);
  await docker.getContainer(`nightshift-${leaseId}`).stop();
  expect(await exit).toMatchObject({ code: 'engine-lost' });
});

test('waiting ends when the caller gives up', async () => {
  const leaseId = await started('sleep 60');
  await expect(sandbox.waitForExit(leaseId, AbortSignal.timeout(100))).rejects.toMatchObject({ name: 'TimeoutError' });
  const log: Buffer[] = [];
  for await (const chunk of sandbox.log(leaseId, AbortSignal.timeout(100))) log.push(chunk);
  expect(log).toEqual([]);
});

test('preparing twice gives a fresh disk', async () => {
  const spec = specOf('ls out; touch out/first');
  for (let round = 0; round < 2; round++) {
    await sandbox.prepare(spec, never, ignoreProgress);
    await sandbox.start(spec.leaseId);
    await sandbox.waitForExit(spec.leaseId, never);
    expect(await logOf(spec.leaseId)).toBe('');
  }
  expect(loopDevices().split(stateDir).length - 1).toBeLessThanOrEqual(1);
});

test('the log reads the same from the beginning every time, and is cut at its limits', async () => {
  const cut = '\n[nightshift: the log was cut here, after 4 MiB or 100,000 lines]\n';
  const wide = await started('head -c 5000000 /dev/zero | tr "\\0" x; sleep 60');
  const many = await started('yes "" | head -n 300000; sleep 60');
  for (const [leaseId, length] of [
    [wide, MAX_LOG_BYTES],
    [many, MAX_LOG_LINES],
  ] as const) {
    const first = await logOf(leaseId);
    expect(first.length).toBe(length + cut.length);
    expect(first.endsWith(cut)).toBe(true);
    expect(await logOf(leaseId)).toBe(first);
  }
});

test('hostile inputs are refused by name and leave nothing', async () => {
  const hostile: readonly TarEntry[] = [
    { name: '../escape', text: 'x' },
    { name: '/absolute', text: 'x' },
    { name: 'link', type: 'symlink', linkname: '/etc/passwd' },
    { name: 'hard', type: 'link', linkname: '/etc/passwd' },
    { name: 'device', type: 'block-device', devmajor: 8, devminor: 0 },
  ];
  for (const entry of hostile) {
    const spec = specOf('true', { inputsTar: await tarOf({ name: 'good', text: 'x' }, entry) });
    const problem = await problemOf(sandbox.prepare(spec, never, ignoreProgress));
    expect(problem).toMatchObject({ code: 'invalid-request', detail: expect.stringContaining(JSON.stringify(entry.name)) });
  }
  expect(await problemOf(sandbox.prepare(specOf('true', { inputsTar: '/none.tar' }), never, ignoreProgress))).toMatchObject({
    code: 'inputs-missing',
  });
  expect(await sandbox.sweep(new Set())).toEqual([]);
});

test('hostile, missing and oversized outputs are refused by name', async () => {
  const leaseId = await ended(
    `cd out; ln -s /etc/passwd link; mkdir pair real deep; echo x > pair/a; ln pair/a pair/b; ln -s /usr linked; mkfifo deep/pipe; echo x > file
     dd if=/dev/zero of=sparse bs=1 count=1 seek=10G 2>/dev/null`,
  );
  const refusal = (output: string): Promise<{ code: string; detail: string }> =>
    problemOf(sandbox.collect(leaseId, [output], join(stateDir, 'refused.tar'), 2 ** 20, never));
  expect((await refusal('link')).detail).toMatch(/symbolic link: "\/job\/out\/link"/);
  expect((await refusal('linked/bin/bash')).detail).toMatch(/symbolic link: "\/job\/out\/linked"/);
  expect((await refusal('pair')).detail).toMatch(/hard link: "pair\/b"/);
  expect((await refusal('deep')).detail).toMatch(/named pipe: "deep\/pipe"/);
  expect((await refusal('.')).detail).toMatch(/hold a/);
  expect((await refusal('absent/file')).detail).toMatch(/did not write its output "absent\/file"/);
  expect((await refusal('file/below')).detail).toMatch(/did not write its output "file\/below"/);
  expect((await refusal('../checkpoint')).detail).toMatch(/outside the outputs folder/);
  expect((await refusal('sparse')).detail).toMatch(/more than 1048576 bytes/);
  expect(await sandbox.collect(leaseId, ['file', './file'], join(stateDir, 'good.tar'), 2 ** 20, never)).toMatchObject({ sizeBytes: 2048 });
});

test('images that are absent, or that open writable places, are refused', async () => {
  const absent = `sha256:${'0'.repeat(64)}`;
  expect(await problemOf(sandbox.prepare(specOf('true', { image: absent }), never, ignoreProgress))).toMatchObject({
    code: 'image-not-found',
  });
  expect(await problemOf(sandbox.prepare(specOf('true', { image: `nas.lan/none@${absent}` }), never, ignoreProgress))).toMatchObject({
    code: 'image-refused',
  });
  const pinned = `${silentRegistry}/none@${absent}`;
  expect(await problemOf(sandbox.prepare(specOf('true', { image: pinned }), never, ignoreProgress))).toMatchObject({
    code: 'network-unreachable',
    detail: expect.stringContaining('could not be pulled'),
  });
  const withVolume = await importBashImage(docker, ['VOLUME /data']);
  try {
    expect(await problemOf(sandbox.prepare(specOf('true', { image: withVolume }), never, ignoreProgress))).toMatchObject({
      code: 'image-refused',
      detail: expect.stringContaining('/data'),
    });
  } finally {
    await docker.getImage(withVolume).remove({ force: true });
  }
});

test('a sweep removes what a crash left, and nothing of others', async () => {
  const Labels = { 'nightshift.managed': '1', 'nightshift.worker': `${owner}-other`, 'nightshift.lease': 'lease_theirs' };
  const theirs = await docker.createContainer({ Image: image, Cmd: ['true'], Labels, HostConfig: { NetworkMode: 'none' } });
  const unlabelled = await docker.createContainer({ Image: image, Cmd: ['true'], HostConfig: { NetworkMode: 'none' } });
  // As a container that somebody starts from a hostile image, which its labels come from.
  const forged = { ...Labels, 'nightshift.worker': owner, 'nightshift.lease': '../../etc' };
  const labelledByImage = await docker.createContainer({
    Image: image,
    Cmd: ['true'],
    Labels: forged,
    HostConfig: { NetworkMode: 'none' },
  });
  try {
    const kept = await started('sleep 60');
    const running = await started('sleep 60');
    const frozen = await started('sleep 60');
    await sandbox.freeze(frozen);
    const halfMade = specOf('true');
    await sandbox.prepare(halfMade, never, ignoreProgress);
    await docker.getContainer(`nightshift-${halfMade.leaseId}`).remove();
    await docker.getVolume(`nightshift-${halfMade.leaseId}-job`).remove();

    const afterCrash = openSandbox({ owner, stateDir, logger: createLogger('test', 'silent') });
    expect((await afterCrash.sweep(new Set([kept]))).toSorted()).toEqual([running, frozen, halfMade.leaseId].toSorted());
    expect(await sandbox.status(kept)).toMatchObject({ kind: 'running' });
    expect(await afterCrash.sweep(new Set())).toEqual([kept]);
    expect(loopDevices()).not.toContain(stateDir);
    expect(await theirs.inspect()).toMatchObject({ State: { Status: 'created' } });
    expect(await unlabelled.inspect()).toMatchObject({ State: { Status: 'created' } });
    expect(await labelledByImage.inspect()).toMatchObject({ State: { Status: 'created' } });
  } finally {
    await theirs.remove();
    await unlabelled.remove();
    await labelledByImage.remove();
  }
});
