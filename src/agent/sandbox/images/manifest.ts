import * as z from 'zod';
import { sha256Digest } from '../../../contract/model/job.ts';
import type { ImageDescription, Platform } from './image-lint.ts';
import { refused } from './refusal.ts';
import { foldNames, parseStrictJson } from './strict-json.ts';

/** Docker Image Manifest V2 Schema 2, and the OCI image specification 1.1. */
const IMAGE_TYPES = ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json'];
const INDEX_TYPES = ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json'];
const CONFIG_TYPES = ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json'];
const LAYER_TYPES = [
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.layer.v1.tar+zstd',
  'application/vnd.docker.image.rootfs.diff.tar',
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
  'application/vnd.docker.image.rootfs.diff.tar.zstd',
];
export const MANIFEST_TYPES: readonly string[] = [...IMAGE_TYPES, ...INDEX_TYPES];

/** What overlay2 stacks at most (moby, daemon/graphdriver/overlay2: maxDepth). */
const MAX_LAYERS = 128;
/**
 * Longest list that is read at all. Each instruction of a Dockerfile makes one entry of the history, and of the layers among them there are 128
 * at most; an index has an image and an attestation for each of a few dozen platforms.
 */
const MAX_LIST = 1000;

export interface Blob {
  readonly digest: string;
  readonly sizeBytes: number;
}

type Manifest =
  | { readonly kind: 'index'; readonly images: readonly PlatformImage[] }
  | { readonly kind: 'image'; readonly config: Blob; readonly layers: readonly Blob[] };

interface PlatformImage extends Blob {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}

interface ImageConfig extends ImageDescription {
  readonly layerCount: number;
}

const struct = <Shape extends z.core.$ZodShape>(shape: Shape) => z.preprocess(foldNames, z.object(shape));

/** A list up to its first bad entry: z.array notes an issue for each, and a stranger may send as many as fill a document. */
const list = <Entry>(entry: z.ZodType<Entry>) =>
  z.unknown().transform((value, context): readonly Entry[] => {
    const refuse = (message: string, path: PropertyKey[]) => {
      context.addIssue({ code: 'custom', message, path });
      return z.NEVER;
    };
    if (!Array.isArray(value)) return refuse('no list', []);
    if (value.length > MAX_LIST) return refuse(`more than ${MAX_LIST} entries`, []);
    const entries: Entry[] = [];
    for (const [index, each] of value.entries()) {
      const { data, error } = entry.safeParse(each);
      if (error !== undefined) return refuse('bad entry', [index, ...(error.issues[0]?.path ?? [])]);
      entries.push(data);
    }
    return entries;
  });

const platform = struct({ os: z.string(), architecture: z.string(), variant: z.string().nullish() });
const descriptor = struct({
  mediatype: z.string(),
  digest: sha256Digest,
  size: z.int().nonnegative(),
  urls: list(z.unknown()).nullish(),
  platform: platform.nullish(),
});
type Descriptor = z.infer<typeof descriptor>;
const manifestDocument = struct({
  schemaversion: z.int(),
  mediatype: z.string().nullish(),
  config: descriptor.nullish(),
  layers: list(descriptor).nullish(),
  manifests: list(descriptor).nullish(),
  fslayers: z.unknown().optional(),
});
const configDocument = struct({
  os: z.string(),
  architecture: z.string(),
  config: struct({ env: list(z.string()).nullish(), volumes: z.record(z.string(), z.unknown()).nullish() }).nullish(),
  rootfs: struct({ type: z.literal('layers'), diff_ids: list(sha256Digest) }),
  history: list(z.unknown()).nullish(),
});

const REBUILD = 'Build it again with a current version of Docker or BuildKit, and push it.';

/** Reads what a registry gave for a name. `contentType`: its header. Throws `image-refused`, nothing else. */
export function parseManifest(reference: string, bytes: Uint8Array, contentType: string): Manifest {
  const document = parsed(reference, 'manifest', manifestDocument, bytes);
  const type = contentType.split(';', 1)[0]?.trim() ?? '';
  // The engine goes by either: a document that is one kind to it and another to us is refused (CVE-2021-41190).
  if (document.schemaversion === 1 || document.fslayers !== undefined)
    throw refused(reference, 'its manifest is of the old schema 1', REBUILD);
  if (document.mediatype !== undefined && document.mediatype !== null && document.mediatype !== type) {
    throw refused(reference, `its manifest calls itself ${quoted(document.mediatype)}, and the registry ${quoted(type)}`, REBUILD);
  }
  const { config, layers, manifests } = document;
  if (INDEX_TYPES.includes(type)) {
    if (!manifests || config || layers) throw refused(reference, 'its index is not one', REBUILD);
    return { kind: 'index', images: manifests.flatMap(platformImage) };
  }
  if (!IMAGE_TYPES.includes(type)) throw refused(reference, `its manifest is of the unknown type ${quoted(type)}`, REBUILD);
  if (!config || !layers || manifests) throw refused(reference, 'its manifest is incomplete', REBUILD);
  if (!CONFIG_TYPES.includes(config.mediatype)) {
    throw refused(reference, `it is no container image, but ${quoted(config.mediatype)}`, 'Name a container image.');
  }
  if (layers.length > MAX_LAYERS) throw refused(reference, `it has ${layers.length} layers`, `Build it with at most ${MAX_LAYERS} layers.`);
  for (const layer of [config, ...layers]) requireHeld(reference, layer);
  const strange = layers.find(({ mediatype }) => !LAYER_TYPES.includes(mediatype));
  if (strange !== undefined) throw refused(reference, `a layer of it is of the unknown type ${quoted(strange.mediatype)}`, REBUILD);
  return { kind: 'image', config: blobOf(config), layers: layers.map(blobOf) };
}

/** A layer may say where else it is to be had, and the engine would dial whatever host stands there. */
function requireHeld(reference: string, { urls, mediatype }: Descriptor): void {
  if ((urls ?? []).length > 0 || mediatype.includes('foreign') || mediatype.includes('nondistributable')) {
    throw refused(
      reference,
      'a layer of it lies outside the registry',
      'Build it on a base image whose layers are all in the registry (no Windows base layers).',
    );
  }
}

/** Chooses from an index what the engine is going to choose. Throws `image-refused` where there is nothing for it. */
export function imageFor(reference: string, images: readonly PlatformImage[], { os, architecture }: Platform): Blob {
  const fitting = images.filter((image) => image.os === os && image.architecture === architecture);
  // The engine takes the plainest of those that run on every machine of its kind; what it took is checked once more after the pull.
  const chosen = fitting.find(({ variant }) => variant === '' || variant === 'v8' || variant === 'v1') ?? fitting[0];
  if (chosen !== undefined) return chosen;
  const known = [...new Set(images.map((image) => `${image.os}/${image.architecture}`))].filter((name) => name !== 'unknown/unknown');
  throw refused(
    reference,
    `it is for ${known.slice(0, 10).map(quoted).join(', ') || 'nothing known'}, and this worker is ${os}/${architecture}`,
    `Build it for ${os}/${architecture}.`,
  );
}

/** Reads an image's configuration. Throws `image-refused`, nothing else. */
export function parseConfig(reference: string, bytes: Uint8Array): ImageConfig {
  const { os, architecture, config, rootfs } = parsed(reference, 'configuration', configDocument, bytes);
  return {
    os: quoted(os),
    architecture: quoted(architecture),
    volumes: Object.keys(config?.volumes ?? {}).map(quoted),
    env: config?.env ?? [],
    layerCount: rootfs.diff_ids.length,
  };
}

function parsed<T>(reference: string, what: string, schema: z.ZodType<T>, bytes: Uint8Array): T {
  try {
    return schema.parse(parseStrictJson(bytes));
  } catch (error) {
    const reason = error instanceof z.ZodError ? error.issues[0]?.path.join('.') : error instanceof SyntaxError ? error.message : null;
    if (reason === null) throw error;
    throw refused(reference, `its ${what} is malformed (${quoted(reason ?? '')})`, REBUILD, error);
  }
}

const blobOf = ({ digest, size }: Descriptor): Blob => ({ digest, sizeBytes: size });

function platformImage(entry: Descriptor): PlatformImage[] {
  if (!entry.platform || !IMAGE_TYPES.includes(entry.mediatype)) return [];
  const { os, architecture, variant } = entry.platform;
  return [{ ...blobOf(entry), os, architecture, variant: variant ?? '' }];
}

/** A stranger's word inside a sentence of ours: short, and without what steers a terminal. */
const quoted = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
