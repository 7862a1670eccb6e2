import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Engine } from '../engine.ts';
import { engineFault, statusOf } from '../engine-fault.ts';
import type { ImageFile } from './image-files.ts';
import { type MountPoint, packImage } from './pack-image.ts';

/** An image made on this machine, without a registry and without running anything of it. */
export interface LocalImage {
  /** `sha256:<id>` in the engine of this machine. */
  readonly imageId: string;
  readonly sizeBytes: number;
}

/** What such an image is for, its label nightshift.image. */
export type LocalImageKind = 'built' | 'egress' | 'probes';

export interface LocalImageRecipe {
  readonly kind: LocalImageKind;
  /** For people, in its tag. */
  readonly name: string;
  /** Digest of what it is made from. */
  readonly content: string;
  readonly files: readonly ImageFile[];
  readonly mountPoints: readonly MountPoint[];
  /** Dockerfile lines. */
  readonly changes: readonly string[];
}

const CONTENT_LABEL = 'nightshift.content';
const repositoryOf = (kind: LocalImageKind): string => `nightshift-${kind}`;

/** The image of this content that was made here; null where there is none. Throws `engine-lost`. */
export async function findLocalImage(engine: Engine, kind: LocalImageKind, content: string): Promise<LocalImage | null> {
  const images = await engine.ask((docker) => docker.listImages({ filters: { label: [`${CONTENT_LABEL}=${content}`] } }));
  const image = images.find(({ RepoTags }) => isOwn(kind, RepoTags));
  return image === undefined ? null : { imageId: image.Id, sizeBytes: image.Size };
}

/** Packs and imports an image. Throws `engine-lost`, `disk-full`. */
export async function importLocalImage(
  engine: Engine,
  { kind, name, content, files, mountPoints, changes }: LocalImageRecipe,
  signal: AbortSignal,
  onFraction: (fraction: number) => void,
): Promise<LocalImage> {
  const archive = Readable.from(packImage(files, mountPoints, onFraction));
  try {
    const answer = await engine.askLong((docker) =>
      docker.importImage(archive, {
        abortSignal: signal,
        // A name, so that a prune of nameless images does not take it from under a job.
        repo: repositoryOf(kind),
        tag: `${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${content.slice('sha256:'.length, 'sha256:'.length + 12)}`,
        changes: [...changes, `LABEL nightshift.managed=1 nightshift.image=${kind} ${CONTENT_LABEL}=${content}`],
      }),
    );
    const said = await text(answer);
    const imageId = /"status":"(sha256:[0-9a-f]{64})"/.exec(said)?.[1];
    if (imageId === undefined) throw new Error(`the engine made no image: ${said.trim()}`);
    const { Size } = await engine.ask((docker) => docker.getImage(imageId).inspect());
    return { imageId, sizeBytes: Size };
  } catch (error) {
    signal.throwIfAborted();
    throw engineFault(error);
  } finally {
    archive.destroy();
  }
}

/** Younger than this, one may be about to be used by another version of this program, on the same machine. */
const KEEP_MS = 60 * 60_000;

/**
 * Removes what was made of this kind from other content and is not of the last hour: by other versions of this program. One in use stays,
 * until the next time. Throws `engine-lost`.
 */
export async function dropOtherLocalImages(engine: Engine, kind: LocalImageKind, content: string, nowMs = Date.now()): Promise<void> {
  const images = await engine.ask((docker) => docker.listImages({ filters: { label: [`nightshift.image=${kind}`] } }));
  const others = images.filter(
    ({ Labels, RepoTags, Created }) => Labels?.[CONTENT_LABEL] !== content && Created * 1000 < nowMs - KEEP_MS && isOwn(kind, RepoTags),
  );
  for (const image of others) {
    await engine
      .ask((docker) => docker.getImage(image.Id).remove())
      .catch((error: unknown) => {
        const status = statusOf(error);
        if (status !== 404 && status !== 409) throw error; // gone already, or in use
      });
  }
}

/** Whether we have tagged it. One that was pulled has labels that say what its maker likes, and no tag: images are pulled by digest. */
const isOwn = (kind: LocalImageKind, tags: readonly string[] | null | undefined): boolean =>
  tags?.some((tag) => tag.replace(/^(?:localhost\/|docker\.io\/library\/)/, '').startsWith(`${repositoryOf(kind)}:`)) ?? false; // Podman writes the registry out
