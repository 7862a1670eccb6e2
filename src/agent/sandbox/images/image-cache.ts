import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageInfo } from 'dockerode';
import type { Logger } from '../../../lib/log.ts';
import type { Engine } from '../engine.ts';
import { statusOf } from '../engine-fault.ts';
import { marksOf, namesOfImage, originOf, pulledMark } from './own-images.ts';
import { openUseFiles } from './use-files.ts';

/** An image that may be removed to make room: the worker pulled it, or a job used one that Nightshift built here. */
interface CachedImage {
  readonly id: string;
  /** With the layers that it shares with others, so the sum is an upper bound. What is shared, the engine tells only by measuring all its volumes too. */
  readonly sizeBytes: number;
  readonly lastUsedMs: number;
  readonly names: readonly string[];
}

interface CacheOptions {
  readonly engine: Engine;
  readonly owner: string;
  /** Folder of this owner's own. */
  readonly stateDir: string;
  readonly logger: Logger;
}

/** The images that past jobs have left in the engine. Each call may be repeated; a crash within one leaves nothing that the next does not settle. */
export interface ImageCache {
  /** Notes that a job is about to use the image. */
  use(imageId: string): Promise<void>;
  /** Notes that an image is being pulled, so that one which comes in unseen, after a crash, is found. Call `pulled` or `dropped` in the end. */
  pulling(reference: string): Promise<void>;
  /** Takes a pulled image for ours. */
  pulled(reference: string, imageId: string, digest: string): Promise<void>;
  /** Removes what the pull has brought, if it has; where a container has it, a later trim does. */
  dropped(reference: string): Promise<void>;
  list(): Promise<readonly CachedImage[]>;
  /** Removes those unused for longest until the rest has at most so many bytes; none that a container has. */
  trim(limitBytes: number): Promise<void>;
}

/** A job that is being prepared has no container yet. Its disk and volumes take seconds; under load ten times that. */
const BEING_PREPARED_MS = 2 * 60_000;

export function openImageCache({ engine, owner, stateDir, logger }: CacheOptions): ImageCache {
  const used = openUseFiles(join(stateDir, 'used'));
  const pullsDir = join(stateDir, 'pulls');
  /** References that this process is pulling. */
  const underWay = new Set<string>();
  const pullFile = (reference: string): string => join(pullsDir, createHash('sha256').update(reference).digest('hex'));

  const listImages = (): Promise<ImageInfo[]> => engine.ask((docker) => docker.listImages());

  const cachedOf = async (images: readonly ImageInfo[]): Promise<readonly CachedImage[]> => {
    const lastUses = await used.read();
    return images.flatMap((image) => {
      const origin = originOf(owner, image);
      const lastUsedMs = lastUses.get(image.Id);
      // One that was built and never used is not a past job's: somebody has made it for a job to come.
      const isOurs = origin === 'pulled' || (origin === 'built' && lastUsedMs !== undefined);
      return isOurs ? [{ id: image.Id, sizeBytes: image.Size, lastUsedMs: lastUsedMs ?? 0, names: namesOfImage(image) }] : [];
    });
  };

  const isBeingPrepared = (lastUsedMs: number): boolean => lastUsedMs > Date.now() - BEING_PREPARED_MS;

  /** Drops what an agent that died had pulled and not looked at yet. What is in use keeps its note: without it, the image would be nobody's. */
  const settlePulls = async (): Promise<void> => {
    await mkdir(pullsDir, { recursive: true });
    const lastUses = await used.read();
    for (const file of await readdir(pullsDir)) {
      const reference = await readFile(join(pullsDir, file), 'utf8');
      // The file may be torn; an incomplete name is that of no image.
      if (underWay.has(reference)) continue;
      const image = /@sha256:[0-9a-f]{64}$/.test(reference) ? await engine.find((docker) => docker.getImage(reference).inspect()) : null;
      if (image !== null && (image.RepoTags ?? []).length === 0) {
        if (isBeingPrepared(lastUses.get(image.Id) ?? 0) || !(await removeName(engine, reference))) continue;
      }
      await rm(join(pullsDir, file), { force: true });
    }
  };

  return {
    use: (imageId) => used.touch(imageId),
    pulling: async (reference) => {
      underWay.add(reference);
      await mkdir(pullsDir, { recursive: true });
      await writeFile(pullFile(reference), reference);
    },
    pulled: async (reference, imageId, digest) => {
      // Used before it is ours, or a trim could take it as one that never was.
      await used.touch(imageId);
      await engine.ask((docker) => docker.getImage(imageId).tag(pulledMark(owner, digest)));
      await rm(pullFile(reference), { force: true });
      underWay.delete(reference);
    },
    dropped: async (reference) => {
      try {
        if (await removeName(engine, reference)) await rm(pullFile(reference), { force: true });
      } finally {
        underWay.delete(reference);
      }
    },
    list: async () => cachedOf(await listImages()),
    trim: async (limitBytes) => {
      await settlePulls();
      const images = await listImages();
      for (const image of images.filter((each) => originOf(owner, each) === 'named')) {
        // Somebody has given it a name of their own: it is theirs now.
        for (const mark of marksOf(owner, image)) await removeName(engine, mark);
      }
      const containers = await engine.ask((docker) => docker.listContainers({ all: true }));
      const busy = new Set(containers.map(({ ImageID }) => ImageID));
      const cached = await cachedOf(images);
      let sumBytes = cached.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      for (const image of cached.toSorted((a, b) => a.lastUsedMs - b.lastUsedMs)) {
        if (sumBytes <= limitBytes) break;
        if (busy.has(image.id) || isBeingPrepared(image.lastUsedMs)) continue;
        if (!(await removeNames(engine, image.names))) continue;
        sumBytes -= image.sizeBytes;
        logger.info({ image: image.names, sizeBytes: image.sizeBytes }, 'an image of a past job is removed to make room');
      }
      // In this order: an image that comes in meanwhile keeps its note.
      const noted = await used.read();
      const left = new Set((await listImages()).map(({ Id }) => Id));
      for (const imageId of noted.keys()) if (!left.has(imageId)) await used.forget(imageId);
    },
  };
}

/** Takes an image's names away, and with the last one the image. False where the engine keeps it: a container has come to use it. */
async function removeNames(engine: Engine, names: readonly string[]): Promise<boolean> {
  for (const name of names) if (!(await removeName(engine, name))) return false;
  return true;
}

/** Never by force, which would take an image from under a container. False where the engine says that it is in use. */
async function removeName(engine: Engine, name: string): Promise<boolean> {
  try {
    await engine.find((docker) => docker.getImage(name).remove());
    return true;
  } catch (error) {
    if (statusOf(error) === 409) return false;
    throw error;
  }
}
