import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import tar from 'tar-stream';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ProblemError } from '../../../contract/model/problem.ts';
import { createLogger } from '../../../lib/log.ts';
import { tempFolder } from '../../../lib/testing/temp-folder.ts';
import { connectEngine, findSocketPath } from '../engine.ts';
import { probeEngine } from '../probe.ts';
import { findImageFolder, readDisk } from './disk-space.ts';
import type { Platform } from './image-lint.ts';
import { type ImagePolicy, type ImageStore, openImageStore } from './image-store.ts';
import { marksOf, pulledMark } from './own-images.ts';
import { pull } from './pull.ts';
import { type DebianRegistry, startRegistry } from './testing/debian-registry.ts';
import { descriptorOf, digestOf, fileLayer, type ImageParts, imageParts, type Layer, OCI, zeroLayer } from './testing/image-parts.ts';

const MB = 1e6;
const GB = 1e9;
const docker = new Docker({ socketPath: findSocketPath() });
const engine = connectEngine(findSocketPath());
const never = new AbortController().signal;
const ignoreProgress = (): void => undefined;
let registry: DebianRegistry;
let platform: Platform;

beforeAll(async () => {
  registry = await startRegistry();
  const probe = await probeEngine(engine, never);
  if (probe.capabilities === null) throw new Error('no engine');
  platform = probe.capabilities;
});

afterEach(async () => {
  for (const image of await docker.listImages()) {
    const names = [...(image.RepoDigests ?? []), ...(image.RepoTags ?? [])];
    if (names.some((name) => name.startsWith(`${registry.host}/`))) await docker.getImage(image.Id).remove({ force: true });
  }
});

afterAll(() => registry[Symbol.asyncDispose]());

interface Room {
  readonly store: ImageStore;
  readonly owner: string;
  readonly stateDir: string;
  policy: ImagePolicy;
}

function openRoom(change: Partial<ImagePolicy> = {}): Room {
  const owner = `test-${randomBytes(6).toString('hex')}`;
  const stateDir = tempFolder();
  const room = { owner, stateDir, policy: { registries: [registry.host], maxImageBytes: GB, cacheBytes: GB, ...change } };
  const store = openImageStore({ engine, owner, stateDir, policy: () => room.policy, logger: createLogger('test', 'silent') });
  return Object.assign(room, { store });
}

async function problemOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProblemError)) throw error ?? new Error('it did not fail');
  return error.problem;
}

const bring = (room: Room, reference: string) => room.store.ready(reference, platform, never, ignoreProgress);

const isHere = async (reference: string): Promise<boolean> => (await engine.find((each) => each.getImage(reference).inspect())) !== null;

/** What the engine has of images that the worker of this room has pulled. */
async function pulledBytes({ owner }: Room): Promise<number> {
  const pulled = (await docker.listImages()).filter((image) => marksOf(owner, image).length > 0);
  return pulled.reduce((sum, { Size }) => sum + Size, 0);
}

/** As if the image had been used so long ago. */
function age(room: Room, imageId: string, minutes: number): void {
  const at = Date.now() / 1000 - minutes * 60;
  utimesSync(join(room.stateDir, 'used', imageId.replace('sha256:', '')), at, at);
}

/** By a name of its own: an equal one that is here already, as from another run in the same engine, would be used instead. */
const zerosLayer = (sizeMiB: number): Layer => zeroLayer(randomBytes(6).toString('hex'), sizeMiB);

/** An image of one random file in the registry. */
async function pushed(name: string, sizeBytes = 100_000): Promise<string> {
  const layer = await fileLayer(name, randomBytes(sizeBytes));
  return registry.push(name, imageParts([layer]), [layer]);
}

/** Where Docker keeps a layer that it holds as the lowest of an image. */
async function layerFolder(layer: Layer): Promise<string> {
  const { DockerRootDir, Driver } = await docker.info();
  return join(DockerRootDir, 'image', Driver, 'layerdb', 'sha256', layer.diffId.replace('sha256:', ''));
}

test('an image that docker pushed is pulled by its digest, once for all who ask, with progress, and is there the next time', async () => {
  const room = openRoom();
  const pack = tar.pack();
  pack.entry({ name: 'file' }, randomBytes(3_000_000));
  pack.finalize();
  const name = `${registry.host}/pushed`;
  await text(await docker.importImage(Readable.from(await buffer(pack)), { repo: name, tag: 'x', changes: ['ENV COLOUR=red'] }));
  const said = await text(await docker.getImage(`${name}:x`).push({ authconfig: {} }));
  const digest = /sha256:[0-9a-f]{64}/.exec(/"Digest":"([^"]+)"/.exec(said)?.[1] ?? '')?.[0];
  await docker.getImage(`${name}:x`).remove();
  const reference = `${name}@${digest}`;
  expect(await isHere(reference)).toBe(false);

  const fractions: (number | null)[] = [];
  const onProgress = (step: string, fraction: number | null): void => {
    if (step === 'pulling-image') fractions.push(fraction);
  };
  const [first, second] = await Promise.all([
    room.store.ready(reference, platform, never, onProgress),
    room.store.ready(reference, platform, never, ignoreProgress),
  ]);
  expect(second).toEqual(first);
  expect(first.env).toContain('COLOUR=red');
  expect(fractions.at(0)).toBeNull();
  expect(fractions.at(-1)).toBe(1);
  expect(await pulledBytes(room)).toBe(3_000_000);
  const { repo, tag } = pulledMark(room.owner, digest ?? '');
  expect((await docker.getImage(first.id).inspect()).RepoTags).toEqual([`${repo}:${tag}`]);

  const asked = registry.accessLog().length;
  expect(await bring(room, reference)).toEqual(first);
  expect(registry.accessLog().slice(asked)).toBe('');
});

test('of an index the engine takes the image that was looked at', async () => {
  const room = openRoom();
  const layer = await fileLayer('x', randomBytes(1000));
  const own = imageParts([layer]);
  const foreign = imageParts([layer], { architecture: 's390x' });
  for (const parts of [own, foreign]) await registry.push('index', parts, [layer]);
  const entry = ({ manifest }: ImageParts, architecture: string) => ({
    ...descriptorOf(OCI.manifest, manifest),
    platform: { os: 'linux', architecture },
  });
  const index = { schemaVersion: 2, mediaType: OCI.index, manifests: [entry(foreign, 's390x'), entry(own, platform.architecture)] };
  const reference = await registry.put('index', Buffer.from(JSON.stringify(index)), OCI.index);
  expect((await bring(room, reference)).id).toBe(digestOf(own.config));
});

test('a digest that the registry does not hold is not found, and an image for another machine is refused', async () => {
  const room = openRoom();
  expect(await problemOf(bring(room, `${registry.host}/none@sha256:${'0'.repeat(64)}`))).toMatchObject({ code: 'image-not-found' });
  const layer = await fileLayer('x', 'x');
  const reference = await registry.push('foreign', imageParts([layer], { architecture: 's390x' }), [layer]);
  expect(await problemOf(bring(room, reference))).toMatchObject({ code: 'image-refused', detail: expect.stringContaining('linux/s390x') });
});

test('an image that declares volumes is refused before a layer of it is asked for', async () => {
  const room = openRoom();
  const layer = await fileLayer('x', randomBytes(1000));
  const reference = await registry.push('volumes', imageParts([layer], { config: { Volumes: { '/data': {} } } }), [layer]);
  const asked = registry.accessLog().length;
  expect(await problemOf(bring(room, reference))).toMatchObject({ code: 'image-refused', detail: expect.stringContaining('/data') });
  const log = registry.accessLog().slice(asked);
  expect(log).toContain('GET /v2/volumes/manifests/');
  expect(log).not.toContain(layer.digest);
});

test('a layer that unpacks to more than a gigabyte is stopped on its way, and all that was unpacked goes', async () => {
  const room = openRoom({ maxImageBytes: 100 * MB });
  const small = await fileLayer('small', randomBytes(1_000_000));
  const bomb = zerosLayer(1536);
  expect(bomb.packed.length).toBeLessThan(3 * MB);
  // Whatever its manifest says of sizes.
  const layers = [descriptorOf(OCI.layer, small.packed), { ...descriptorOf(OCI.layer, bomb.packed), size: 1 }];
  const reference = await registry.push('bomb', imageParts([small, bomb], {}, { layers }), [small, bomb]);
  const folder = (await findImageFolder(engine)) ?? '';
  const before = await readDisk(folder);

  const problem = await problemOf(bring(room, reference));

  expect(problem).toMatchObject({ code: 'image-refused', detail: expect.stringContaining('unpacked') });
  const [, amount, unit] = /at least ([\d.]+) (MB|GB)/.exec(problem.detail) ?? [];
  const takenBytes = Number(amount) * (unit === 'GB' ? GB : MB);
  expect(takenBytes).toBeGreaterThan(100 * MB);
  expect(takenBytes).toBeLessThan(1.5 * GB); // stopped, rather than looked at when it was whole
  expect(await isHere(reference)).toBe(false);
  const freed = async () => ((await readDisk(folder))?.freeBytes ?? 0) - (before?.freeBytes ?? 0);
  for (let tries = 0; tries < 100 && ((await freed()) < -50 * MB || existsSync(await layerFolder(small))); tries++) await sleep(100);
  expect(await freed()).toBeGreaterThan(-50 * MB);
  expect(existsSync(await layerFolder(small))).toBe(false); // the layer that was whole already goes as well
  expect(await pulledBytes(room)).toBe(0);
});

test('a pull is stopped when the disk runs full meanwhile', async () => {
  const zeros = zerosLayer(500);
  const reference = await registry.push('full', imageParts([zeros]), [zeros]);
  const freeBytes = [100 * GB, 100 * GB, 4 * GB, 20 * GB, 99 * GB];
  const disk = async () => ({ freeBytes: freeBytes.shift() ?? 100 * GB, totalBytes: 200 * GB });
  const compressedBytes = zeros.packed.length;
  const pulled = pull(engine, { reference, compressedBytes, maxImageBytes: 90 * GB, disk, signal: never, onFraction: ignoreProgress });
  expect(await problemOf(pulled)).toMatchObject({ code: 'disk-full', detail: expect.stringContaining('4.0 GB were left') });
  expect(await isHere(reference)).toBe(false);
});

test('an image that is larger than allowed once it is whole is removed again', async () => {
  const room = openRoom({ maxImageBytes: 100 * MB });
  const zeros = zerosLayer(110);
  // By what it says of its size, it may take twice as much on its way, and others may write to the disk meanwhile.
  const layers = [{ ...descriptorOf(OCI.layer, zeros.packed), size: 100 * MB }];
  const reference = await registry.push('large', imageParts([zeros], {}, { layers }), [zeros]);
  expect(await problemOf(bring(room, reference))).toMatchObject({ code: 'image-refused', detail: expect.stringContaining('115.3 MB') });
  expect(await isHere(reference)).toBe(false);
});

test('a damaged layer is refused, and nothing of it stays', async () => {
  const room = openRoom();
  const layer = await fileLayer('x', randomBytes(200_000));
  const reference = await registry.push('damaged', imageParts([layer]), [layer]);
  const hex = layer.digest.replace('sha256:', '');
  truncateSync(join(registry.dataDir, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data'), 100_000);
  expect(await problemOf(bring(room, reference))).toMatchObject({ code: 'image-refused', detail: expect.stringContaining('damaged') });

  const text = Buffer.from('this is no archive');
  const noArchive = { packed: text, digest: digestOf(text), diffId: digestOf(text) };
  const strange = await registry.push('strange', imageParts([noArchive]), [noArchive]);
  expect(await problemOf(bring(room, strange))).toMatchObject({ code: 'image-refused' });
  expect(await isHere(strange)).toBe(false);
});

test('who leaves during a pull ends it, unless another waits for it as well', async () => {
  const room = openRoom();
  const zeros = zerosLayer(300);
  const reference = await registry.push('left', imageParts([zeros]), [zeros]);
  const leave = (asks: AbortController) => (step: string) => {
    if (step === 'pulling-image') asks.abort(new Error('left'));
  };
  const one = new AbortController();
  await expect(room.store.ready(reference, platform, one.signal, leave(one))).rejects.toThrow('left');
  expect(await isHere(reference)).toBe(false);
  const two = new AbortController();
  const [left, stayed] = await Promise.allSettled([room.store.ready(reference, platform, two.signal, leave(two)), bring(room, reference)]);
  expect([left.status, stayed.status]).toEqual(['rejected', 'fulfilled']);
});

test('images unused for longest make room; what a container has or has been named by the owner stays', async () => {
  const room = openRoom({ cacheBytes: 0 });
  const references = await Promise.all(['oldest', 'older', 'contained', 'named', 'fresh'].map((name) => pushed(name)));
  room.policy = { ...room.policy, cacheBytes: GB };
  const ids: string[] = [];
  for (const reference of references) ids.push((await bring(room, reference)).id);
  const [oldest = '', older = '', contained = '', named = '', fresh = ''] = ids;
  [oldest, older, contained, named].forEach((id, index) => void age(room, id, 60 - index));
  await docker.getImage(named).tag({ repo: `${registry.host}/mine`, tag: 'x' });
  const container = await docker.createContainer({ Image: contained, Entrypoint: ['/x'], Labels: { 'nightshift.worker': room.owner } });
  try {
    // Room for all but one of the four that are still ours.
    room.policy = { ...room.policy, cacheBytes: 350_000 };
    await room.store.trim();
    expect(await Promise.all(ids.map(isHere))).toEqual([false, true, true, true, true]);
    const { RepoTags } = await docker.getImage(named).inspect();
    expect(RepoTags).toEqual([`${registry.host}/mine:x`]);

    // Used again, it is the youngest.
    expect((await bring(room, references[1] ?? '')).id).toBe(older);
    room.policy = { ...room.policy, cacheBytes: 0 };
    await room.store.trim();
    expect(await Promise.all([older, contained, named, fresh].map(isHere))).toEqual([true, true, true, true]);
    age(room, older, 30);
    age(room, fresh, 20);
    await room.store.trim();
    expect(await Promise.all([older, contained, named, fresh].map(isHere))).toEqual([false, true, true, false]);
  } finally {
    await container.remove();
  }
  await room.store.trim();
  expect(await Promise.all([contained, named].map(isHere))).toEqual([false, true]);
  expect(await pulledBytes(room)).toBe(0);
  expect(readdirSync(join(room.stateDir, 'used'))).toEqual([named.replace('sha256:', '')]);
});

test('an image that was there before stays the owner’s, whatever job uses it; another worker’s stays the other’s', async () => {
  const room = openRoom({ cacheBytes: 0 });
  const other = openRoom();
  const reference = await pushed('before');
  await text(await docker.pull(reference));
  const { id } = await bring(room, reference);
  expect((await docker.getImage(id).inspect()).RepoTags).toEqual([]);
  const others = await bring(other, await pushed('others'));
  age(room, id, 60);
  age(other, others.id, 60);
  await room.store.trim();
  expect(await Promise.all([id, others.id].map(isHere))).toEqual([true, true]);
  expect(await pulledBytes(room)).toBe(0);
});

test('an image that the owner pulled is for a job only while its registry gives it to everybody; what this worker pulled needs no registry', async () => {
  const room = openRoom();
  const [owners, ours] = [await pushed('owners'), await pushed('ours')];
  await text(await docker.pull(owners));
  await bring(room, ours);
  for (const name of ['owners', 'ours']) rmSync(join(registry.dataDir, 'docker/registry/v2/repositories', name), { recursive: true });
  expect(await problemOf(bring(room, owners))).toMatchObject({ code: 'image-not-found' });
  expect(await isHere(owners)).toBe(true);
  await expect(bring(room, ours)).resolves.toBeDefined();
});

test('of a registry that the owner does not allow, no image is used that is here already', async () => {
  const room = openRoom();
  const [owners, ours] = [await pushed('owners'), await pushed('ours')];
  await text(await docker.pull(owners));
  await bring(room, ours);
  room.policy = { ...room.policy, registries: ['docker.io'] };
  const asked = registry.accessLog().length;
  for (const reference of [owners, ours]) {
    const problem = { code: 'image-refused', detail: expect.stringContaining('are not pulled on workers') };
    expect(await problemOf(bring(room, reference))).toMatchObject(problem);
  }
  expect(registry.accessLog().slice(asked)).toBe('');
});

test('an image built by Nightshift goes only once a job has used it', async () => {
  const room = openRoom({ cacheBytes: 0 });
  const imports = async (tag: string): Promise<string> => {
    const pack = tar.pack();
    pack.entry({ name: 'x' }, randomBytes(1000));
    pack.finalize();
    const changes = ['LABEL nightshift.managed=1'];
    const said = await text(await docker.importImage(Readable.from(await buffer(pack)), { repo: 'nightshift-built', tag, changes }));
    return /sha256:[0-9a-f]{64}/.exec(said)?.[0] ?? '';
  };
  const [used, unused] = [await imports(`${room.owner}-1`), await imports(`${room.owner}-2`)];
  try {
    await bring(room, used);
    await room.store.trim();
    expect(await isHere(used)).toBe(true); // a job is being prepared with it
    age(room, used, 60);
    await room.store.trim();
    expect(await Promise.all([used, unused].map(isHere))).toEqual([false, true]);
  } finally {
    await docker.getImage(unused).remove();
  }
});

test('what an agent that was killed had pulled and not looked at is dropped by the next trim; a pull makes room before it', async () => {
  const room = openRoom();
  const reference = await pushed('killed');
  const { id: first } = await bring(room, await pushed('first'));
  age(room, first, 60);
  await text(await docker.pull(reference));
  writeFileSync(join(room.stateDir, 'pulls', 'left'), reference);
  room.policy = { ...room.policy, cacheBytes: 110_000 };
  const second = await bring(room, await pushed('second'));
  expect(await Promise.all([reference, first, second.id].map(isHere))).toEqual([false, false, true]);
  expect(readdirSync(join(room.stateDir, 'pulls'))).toEqual([]);
});

test('what a killed agent had pulled is dropped once no job and no container has it', async () => {
  const room = openRoom();
  const reference = await pushed('used');
  await text(await docker.pull(reference));
  const note = join(room.stateDir, 'pulls', 'left');
  mkdirSync(join(room.stateDir, 'pulls'));
  writeFileSync(note, reference);
  const { id } = await bring(room, reference);
  await room.store.trim();
  expect([await isHere(reference), existsSync(note)]).toEqual([true, true]); // a job is being prepared with it
  age(room, id, 60);
  const container = await docker.createContainer({ Image: id, Entrypoint: ['/x'], Labels: { 'nightshift.worker': room.owner } });
  try {
    await room.store.trim();
    expect([await isHere(reference), existsSync(note)]).toEqual([true, true]);
  } finally {
    await container.remove();
  }
  await room.store.trim();
  expect([await isHere(reference), existsSync(note)]).toEqual([false, false]);
});
