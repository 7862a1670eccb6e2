import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Container } from 'dockerode';
import tar from 'tar-stream';
import { afterAll, expect, test, vi } from 'vitest';
import { isBreach, type ProbeResult } from '../../../contract/model/sandbox.ts';
import { createLogger } from '../../../lib/log.ts';
import { tempFolder } from '../../../lib/testing/temp-folder.ts';
import { connectEngine, findSocketPath } from '../engine.ts';
import { MAX_LOG_BYTES } from '../log.ts';
import { probeEngine } from '../probe.ts';
import { openSandbox } from '../sandbox.ts';
import { createAnswerReader, type ProbeAnswer } from './answers.ts';
import { checkFolder, checkSandbox } from './check.ts';
import { readyProbeImage } from './probe-image.ts';
import { FROM_OUTSIDE, IN_CONTAINER, isAfterwards, PROBES } from './probes.ts';
import { whyNotHere } from './testing/not-here.ts';
import { openContainer } from './testing/open-container.ts';

const engine = connectEngine(findSocketPath());
const owner = `test-${randomBytes(6).toString('hex')}`;
const labels = { 'nightshift.worker': owner };
const stateDir = tempFolder();
const sandbox = openSandbox({ owner, stateDir, logger: createLogger('test', 'silent') });
const never = new AbortController().signal;

afterAll(async () => {
  for (const { Id } of await engine.docker.listContainers({ all: true, filters: { label: [`nightshift.worker=${owner}`] } }))
    await engine.docker.getContainer(Id).remove({ force: true });
  await sandbox.sweep(new Set());
});

const told = (probes: readonly ProbeResult[]): readonly string[] => probes.map(({ id, outcome }) => `${id}: ${outcome}`);

test('every attack on a job is stopped, but for those named harmless beforehand', async () => {
  const counts: number[] = [];
  mkdirSync(checkFolder(stateDir));
  writeFileSync(join(checkFolder(stateDir), 'of-a-check-that-was-killed.tar.part'), '');
  const { probes } = await checkSandbox({
    sandbox,
    engine,
    owner,
    stateDir,
    onProgress: (total, _current, soFar) => {
      expect(total).toBe(PROBES.length);
      counts.push(soFar.length);
    },
    signal: never,
  });
  expect(probes.map(({ id }) => id)).toEqual(PROBES.map(({ id }) => id));
  expect(told(probes.filter(isBreach))).toEqual([]);
  expect(told(probes.filter(({ blocked }) => blocked === null))).toEqual([]);
  expect(probes.filter(({ blocked }) => blocked === true).length).toBeGreaterThanOrEqual(PROBES.length - 5);
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  expect(counts.at(-1)).toBe(PROBES.length);
  expect(await sandbox.sweep(new Set())).toEqual([]);
  expect(existsSync(checkFolder(stateDir))).toBe(false);
});

test('a check that is told to end leaves nothing', async () => {
  const cancel = new AbortController();
  const onProgress = (_total: number, _current: string | null, soFar: readonly ProbeResult[]): void => {
    if (soFar.length > 0) cancel.abort();
  };
  await expect(checkSandbox({ sandbox, engine, owner, stateDir, onProgress, signal: cancel.signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(await sandbox.sweep(new Set())).toEqual([]);
});

test('a check ends when it is told to, although the engine answers nothing any more', async () => {
  const cancel = new AbortController();
  const ask = (): Promise<never> => {
    cancel.abort();
    return new Promise(() => undefined);
  };
  const options = { sandbox, engine: { ...engine, ask }, owner, stateDir, onProgress: () => undefined, signal: cancel.signal };
  await expect(checkSandbox(options)).rejects.toMatchObject({ name: 'AbortError' });
});

test('the image of the probes is made once, and those of other versions go after an hour', async () => {
  const { capabilities } = await probeEngine(engine, never);
  if (capabilities === null) throw new Error('no engine');
  const pack = tar.pack();
  pack.entry({ name: 'older' }, owner);
  pack.finalize();
  const tag = `nightshift-probes:${owner}`;
  const changes = ['LABEL nightshift.managed=1 nightshift.image=probes'];
  (await engine.docker.importImage(Readable.from(pack), { repo: 'nightshift-probes', tag: owner, changes })).resume();
  await until(async () => (await engine.find((docker) => docker.getImage(tag).inspect())) !== null);

  const made = await readyProbeImage(engine, capabilities, never);
  expect(await engine.find((docker) => docker.getImage(tag).inspect())).not.toBeNull();
  const later = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 2 * 3_600_000);
  expect(await readyProbeImage(engine, capabilities, never)).toBe(made);
  later.mockRestore();
  expect(await engine.find((docker) => docker.getImage(tag).inspect())).toBeNull();
});

test('the same attacks succeed without a sandbox, so that each of them can fail', async () => {
  const { capabilities } = await probeEngine(engine, never);
  if (capabilities === null) throw new Error('no engine');
  const image = await readyProbeImage(engine, capabilities, never);
  const answers = new Map<string, ProbeAnswer>();
  const service = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(service, 'listening');
  const address = service.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  const open = await started(openContainer(image, ['/probe', 'play', 'neighbour'], labels));
  await until(async () => (await logOf(open)).includes('alive'));
  const exec = (...command: readonly string[]): Promise<{ stdout: string }> =>
    promisify(execFile)('docker', ['exec', '--env', `PROBE_HOST_PORT=${address.port}`, open.id, '/probe', ...command]);
  const run = async (...ids: readonly string[]): Promise<void> => {
    for (const [id, answer] of createAnswerReader()(Buffer.from((await exec('run', ...ids)).stdout))) answers.set(id, answer);
  };
  await run(...IN_CONTAINER.filter((probe) => !isAfterwards(probe)).map(({ id }) => id));
  await exec('play', 'leave', 'play', 'outputs');
  await run(...IN_CONTAINER.filter(isAfterwards).map(({ id }) => id));
  service.close();
  for (const [id, succeeded] of [...(await withoutCollecting(open)), ...(await withoutCare(image))]) {
    answers.set(id, { result: succeeded ? 'open' : 'blocked', detail: 'without a sandbox' });
  }

  const unexplained: string[] = [];
  const notHere: string[] = [];
  for (const probe of [...IN_CONTAINER, ...FROM_OUTSIDE]) {
    const answer = answers.get(probe.id) ?? { result: 'unable', detail: 'no answer' };
    if (answer.result === 'open' || probe.nowhere !== null) continue;
    const reason = answer.result === 'blocked' ? whyNotHere(probe, answer) : null;
    (reason === null ? unexplained : notHere).push(`${probe.id}: ${reason ?? answer.detail}`);
  }
  console.info(
    `${[...answers.values()].filter(({ result }) => result === 'open').length} of ${PROBES.length} probes succeed without a sandbox; not on this machine:\n  ${notHere.join('\n  ')}`,
  );
  expect(unexplained).toEqual([]);
});

async function started(options: Parameters<typeof engine.docker.createContainer>[0]): Promise<Container> {
  const container = await engine.docker.createContainer(options);
  await container.start();
  return container;
}

const logOf = async (container: Container): Promise<Buffer> => container.logs({ stdout: true, stderr: true, follow: false });

async function until(condition: () => Promise<boolean>): Promise<void> {
  const endMs = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error('it did not come true within 30 s');
    await sleep(50);
  }
}

/** The results of the role `outputs`, taken as they come and unpacked by tar, as by somebody who trusts them. */
async function withoutCollecting(container: Container): Promise<ReadonlyMap<string, boolean>> {
  const folder = tempFolder();
  for (const name of ['link', 'way', 'twin', 'pipe']) {
    const archive = join(folder, `${name}.tar`);
    mkdirSync(join(folder, 'out'), { recursive: true });
    await pipeline(await container.getArchive({ path: `/job/out/${name}` }), createWriteStream(archive));
    execFileSync('tar', ['-C', join(folder, 'out'), '-xf', archive]);
  }
  const at = (path: string): string => join(folder, 'out', path);
  return new Map([
    ['output-link', lstatSync(at('link/passwd')).isSymbolicLink() && readFileSync(at('link/passwd')).length > 0],
    ['output-through-link', readFileSync(at('way/etc/passwd')).length > 0],
    ['output-outside', (await sizeInArchive(container, '/job/out/../probe-left-this')) > 0],
    ['output-twin', lstatSync(at('twin/other')).nlink === 2],
    ['output-pipe', lstatSync(at('pipe/pipe')).isFIFO()],
    ['output-huge', (await sizeInArchive(container, '/job/out/huge/huge')) >= 2 ** 30],
  ]);
}

/** What the archive of one file says it measures. */
async function sizeInArchive(container: Container, path: string): Promise<number> {
  // Until its reader is gone, the engine keeps the container from being removed.
  const enough = new AbortController();
  const archive = await container.getArchive({ path, abortSignal: enough.signal });
  archive.on('error', () => undefined);
  const extract = tar.extract();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  extract.on('entry', (header) => resolve(header.size ?? 0)).on('error', reject);
  archive.pipe(extract);
  const size = await promise;
  enough.abort();
  extract.destroy();
  return size;
}

/** Jobs whose logs, ends and neighbours nobody minds. */
async function withoutCare(image: string): Promise<ReadonlyMap<string, boolean>> {
  const container = { Image: image, Labels: labels };
  const stubborn = await started({ ...container, Cmd: ['/probe', 'play', 'stubborn'], HostConfig: { NetworkMode: 'none' } });
  await until(async () => (await logOf(stubborn)).length > MAX_LOG_BYTES * 1.25);
  const log = await logOf(stubborn);
  await stubborn.kill({ signal: 'SIGTERM' });
  await sleep(300);
  const { State } = await stubborn.inspect();
  await stubborn.kill();

  // Two jobs within one limit.
  const crowded = await started({
    ...container,
    Cmd: ['/probe', 'play', 'neighbour'],
    HostConfig: { NetworkMode: 'none', PidsLimit: 500 },
  });
  await until(async () => (await logOf(crowded)).includes('alive'));
  execFileSync('docker', ['exec', crowded.id, '/probe', 'run', 'many-processes']);
  return new Map([
    ['log-flood', log.length > MAX_LOG_BYTES],
    ['log-commands', log.includes('\x1b]0;owned')],
    ['ignore-end', State.Running],
    ['stay-behind', (await stubborn.inspect()).State.Status === 'exited'],
    ['starve-other-job', (await logOf(crowded)).includes('starved')],
  ]);
}
