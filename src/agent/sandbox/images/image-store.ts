import type { ImageInspectInfo } from 'dockerode';
import { ProblemError } from '../../../contract/model/problem.ts';
import type { Logger } from '../../../lib/log.ts';
import type { Engine } from '../engine.ts';
import { MANAGED_LABEL } from '../names.ts';
import { createShared, createTurns } from './abortable.ts';
import { type DiskSpace, findImageFolder, readDisk, reserveBytes } from './disk-space.ts';
import { openImageCache } from './image-cache.ts';
import { type ImageDescription, lintImage, type Platform } from './image-lint.ts';
import { marksOf } from './own-images.ts';
import { pull, tooLarge } from './pull.ts';
import { diskFull, inWords, notFound, refused } from './refusal.ts';
import { type PinnedName, parsePinnedName, requireAllowedRegistry, spell } from './registries.ts';
import { type CheckedImage, checkInRegistry } from './registry-check.ts';
import { openRegistry } from './registry-client.ts';

export interface ReadyImage {
  readonly id: string;
  readonly env: readonly string[];
}

type OnImageProgress = (step: 'checking-image' | 'pulling-image', fraction: number | null) => void;

/** What the owner allows of images. */
export interface ImagePolicy {
  readonly registries: readonly string[];
  /** Largest image, unpacked. */
  readonly maxImageBytes: number;
  /** What images of past jobs may keep in all. */
  readonly cacheBytes: number;
}

export interface ImageStoreOptions {
  readonly engine: Engine;
  /** Whose images these are: a trim touches nothing that another owner's worker has pulled. */
  readonly owner: string;
  /** Folder of this owner's own. */
  readonly stateDir: string;
  /** Asked for at each job. */
  readonly policy: () => ImagePolicy;
  readonly logger: Logger;
}

/** The images of jobs in the engine. Throws `engine-lost` besides what is said. */
export interface ImageStore {
  /**
   * Makes sure the image is in the engine and may run here. An image id must be there already, as one of ours; a name pinned by digest is
   * pulled, once for all who ask for it at the same time. What the owner has by that name is used where its registry gives it to everybody.
   * Throws `image-not-found`, `image-refused`, `network-unreachable`, `disk-full`.
   */
  ready(reference: string, platform: Platform, signal: AbortSignal, onProgress: OnImageProgress): Promise<ReadyImage>;
  /**
   * Removes images of past jobs, those unused for longest first, until they keep within the owner's limit: only what this worker pulled, or
   * what Nightshift built here and a job used; none that a container has or that is being prepared.
   */
  trim(): Promise<void>;
}

/** What images take unpacked, of what they take as sent: two to three times as a rule. Room for one that takes more is made after its pull. */
const UNPACKED_FACTOR = 3;

const NEVER = new AbortController().signal;

export function openImageStore(options: ImageStoreOptions): ImageStore {
  const { engine, owner, policy, logger } = options;
  const cache = openImageCache(options);
  const shared = createShared<ImageInspectInfo, number | null>();
  const nextPull = createTurns();
  const nextTrim = createTurns();

  const trimTo = (limitBytes: number): Promise<void> => nextTrim(NEVER, () => cache.trim(limitBytes));
  /** What images of past jobs take, at most: layers that they share count for each. */
  const usedBytes = async (): Promise<number> => (await cache.list()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

  /** Finds an image that the job may have, and notes its use, with no trim in between. */
  const claim = (reference: string, signal: AbortSignal, mayHave: (image: ImageInspectInfo) => boolean): Promise<ImageInspectInfo | null> =>
    nextTrim(signal, async () => {
      const image = await inspectImage(engine, reference);
      if (image === null || !mayHave(image)) return null;
      await cache.use(image.Id);
      return image;
    });

  const makeRoom = async (reference: string, compressedBytes: number, disk: ReadDisk): Promise<void> => {
    const { cacheBytes, maxImageBytes } = policy();
    const neededBytes = Math.max(compressedBytes, Math.min(compressedBytes * UNPACKED_FACTOR, maxImageBytes));
    const space = await disk();
    const shortBytes = space === null ? 0 : neededBytes + compressedBytes + reserveBytes(space.totalBytes) - space.freeBytes;
    const limitBytes = shortBytes > 0 ? Math.min(cacheBytes - neededBytes, (await usedBytes()) - shortBytes) : cacheBytes - neededBytes;
    await trimTo(Math.max(0, limitBytes));
    const now = await disk();
    if (now !== null && now.freeBytes - reserveBytes(now.totalBytes) < compressedBytes) {
      throw diskFull(reference, `it has ${inWords(compressedBytes)} packed, and ${inWords(now.freeBytes)} are left`);
    }
  };

  const pullChecked = async (name: PinnedName, checked: CheckedImage, { platform, signal, onFraction }: PullWish) => {
    const reference = spell(name);
    // The registry gives it to everybody: one that is here already is used as it is, and stays whose it is. It may have come while this waited.
    for (const id of checked.ids) {
      const same = await claim(id, signal, () => true);
      if (same !== null) return same;
    }
    const { maxImageBytes } = policy();
    const { compressedBytes } = checked;
    const folder = await findImageFolder(engine);
    const disk: ReadDisk = async () => (folder === null ? null : readDisk(folder));
    await makeRoom(reference, compressedBytes, disk);
    try {
      await cache.pulling(reference);
      await pull(engine, { reference, compressedBytes, maxImageBytes, disk, signal, onFraction });
      const image = await inspectImage(engine, reference);
      if (image === null) throw notFound(reference, 'the engine does not list it after the pull');
      requireSame(name, checked, image);
      lintImage(reference, describe(image), platform);
      if (image.Size > maxImageBytes) throw tooLarge(reference, image.Size, maxImageBytes);
      await cache.pulled(reference, image.Id, name.digest);
      return image;
    } catch (error) {
      await cache
        .dropped(reference)
        .catch((err: unknown) => logger.warn({ reference, err }, 'a pull that failed is not cleared away yet; the next trim does it'));
      throw error;
    }
  };

  const bring = async (name: PinnedName, wish: PullWish): Promise<ImageInspectInfo> => {
    const { registries, maxImageBytes } = policy();
    requireAllowedRegistry(spell(name), registries);
    // One without our mark the owner may have signed in for: its name and digest open it to no stranger, only the registry does.
    const found = await claim(spell(name), wish.signal, (image) => isPulled(owner, image));
    if (found !== null) return found;
    const registry = openRegistry(name, { allowed: registries, signal: wish.signal });
    const checked = await checkInRegistry(registry, name, maxImageBytes, wish.platform);
    wish.onFraction(null);
    // One at a time: only then does the disk tell what a pull takes.
    return nextPull(wish.signal, () => pullChecked(name, checked, wish));
  };

  return {
    ready: async (reference, platform, signal, onProgress) => {
      onProgress('checking-image', null);
      const onFraction = (fraction: number | null): void => onProgress('pulling-image', fraction);
      const name = reference.startsWith('sha256:') ? null : named(reference);
      const image =
        name === null
          ? await claim(reference, signal, (image) => isOurs(owner, image))
          : await shared(spell(name), signal, onFraction, (whole, onShared) =>
              bring(name, { platform, signal: whole, onFraction: onShared }),
            );
      if (image === null) throw notHere(reference);
      lintImage(reference, describe(image), platform);
      return { id: image.Id, env: image.Config?.Env ?? [] };
    },
    trim: () => trimTo(policy().cacheBytes),
  };
}

type ReadDisk = () => Promise<DiskSpace | null>;

interface PullWish {
  readonly platform: Platform;
  readonly signal: AbortSignal;
  readonly onFraction: (fraction: number | null) => void;
}

function inspectImage(engine: Engine, reference: string): Promise<ImageInspectInfo | null> {
  return engine.find((docker) => docker.getImage(reference).inspect());
}

const isPulled = (owner: string, { RepoTags }: ImageInspectInfo): boolean => marksOf(owner, { RepoTags }).length > 0;

/** Whether Nightshift made the image here, or this worker has pulled it. Any other is the owner's own, of which no job has any business. */
const isOurs = (owner: string, image: ImageInspectInfo): boolean => image.Config.Labels?.[MANAGED_LABEL] === '1' || isPulled(owner, image);

const notHere = (id: string): ProblemError =>
  new ProblemError(
    'image-not-found',
    `This worker has no image ${id} that Nightshift built or pulled.`,
    'Build or load the image on this machine, or name one in a registry by digest (name@sha256:...).',
  );

function named(reference: string): PinnedName {
  const name = parsePinnedName(reference);
  if (name === null) throw refused(reference, 'that is no name of an image', 'Name it as registry/repository@sha256:<digest>.');
  return name;
}

const describe = (image: ImageInspectInfo): ImageDescription => ({
  os: image.Os,
  architecture: image.Architecture,
  volumes: Object.keys(image.Config?.Volumes ?? {}),
  env: image.Config?.Env ?? [],
});

/** What the engine has taken is what was looked at: the pinned name, and by its id the configuration or the manifest that it stands for. */
function requireSame(name: PinnedName, { ids }: CheckedImage, image: ImageInspectInfo): void {
  const digests = (image.RepoDigests ?? []).map(parsePinnedName);
  const isNamed = digests.some((known) => known !== null && spell(known) === spell(name));
  if (isNamed && ids.includes(image.Id)) return;
  throw refused(
    spell(name),
    'the engine took something else than its registry has shown',
    'Name the image for one platform by its own digest.',
  );
}
