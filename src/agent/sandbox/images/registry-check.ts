import { lintImage, type Platform } from './image-lint.ts';
import { imageFor, parseConfig, parseManifest } from './manifest.ts';
import { inWords, refused } from './refusal.ts';
import { type PinnedName, spell } from './registries.ts';
import { MAX_DOCUMENT_BYTES, type RegistryClient } from './registry-client.ts';

/** What a registry holds under a name, as far as it can be known before a layer is pulled. */
export interface CheckedImage {
  /** Digests that the engine may call the image by: of its configuration, or, where it keeps images with containerd, of a manifest. */
  readonly ids: readonly string[];
  /** The layers as they are sent, compressed as a rule. By the manifest's word, which a pull does not need to keep. */
  readonly compressedBytes: number;
}

/**
 * Reads manifest and configuration before the engine pulls anything, and refuses what may not run here. This spares the owner's disk and line;
 * what counts in the end is what the engine says of the image after the pull. Throws as RegistryClient does.
 */
export async function checkInRegistry(
  registry: RegistryClient,
  name: PinnedName,
  maxImageBytes: number,
  platform: Platform,
): Promise<CheckedImage> {
  const reference = spell(name);
  const read = async (digest: string) => {
    const { bytes, contentType } = await registry.manifest(digest);
    return parseManifest(reference, bytes, contentType);
  };
  const top = await read(name.digest);
  const digest = top.kind === 'index' ? imageFor(reference, top.images, platform).digest : name.digest;
  const manifest = top.kind === 'index' ? await read(digest) : top;
  if (manifest.kind === 'index') throw refused(reference, 'its index leads to another index', 'Name one of its images by digest.');

  const compressedBytes = manifest.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (compressedBytes > maxImageBytes) {
    throw refused(
      reference,
      `it has ${inWords(compressedBytes)}, and this worker takes ${inWords(maxImageBytes)}`,
      'Make it smaller, or choose another worker.',
    );
  }
  if (manifest.config.sizeBytes > MAX_DOCUMENT_BYTES) {
    throw refused(reference, 'its configuration has no bearable size', 'Build it again with less ENV, LABEL and history.');
  }
  const config = parseConfig(reference, await registry.blob(manifest.config));
  if (config.layerCount !== manifest.layers.length) {
    throw refused(reference, 'its configuration and its manifest differ on its layers', 'Build it again, and push it.');
  }
  lintImage(reference, config, platform);
  return { ids: [manifest.config.digest, digest, name.digest], compressedBytes };
}
