import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** A file as it will be in the image. `path`: absolute in the image, without the leading slash. */
export interface ImageFile {
  readonly path: string;
  readonly executable: boolean;
  readonly content:
    | { readonly kind: 'file'; readonly source: string; readonly sizeBytes: number }
    | { readonly kind: 'text'; readonly text: string };
}

/** To be raised when the layout of the image changes, so that older images are built anew. */
const RECIPE_VERSION = 1;

/** In the order of their paths, by code unit, so that the same files make the same archive everywhere. */
export function sortedFiles(files: readonly ImageFile[]): readonly ImageFile[] {
  return files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** `sha256:<hex>` over paths, modes and contents. Dependencies count by their lock file, which is among the files. */
export async function contentDigest(files: readonly ImageFile[], signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256').update(`recipe ${RECIPE_VERSION}\n`);
  for (const { path, executable, content } of files) {
    const digest = content.kind === 'text' ? createHash('sha256').update(content.text) : await fileHash(content.source, signal);
    hash.update(`${JSON.stringify(path)} ${executable ? 'x' : '-'} ${digest.digest('hex')}\n`);
  }
  return `sha256:${hash.digest('hex')}`;
}

async function fileHash(path: string, signal: AbortSignal): Promise<ReturnType<typeof createHash>> {
  const hash = createHash('sha256');
  await pipeline(
    createReadStream(path),
    async (chunks) => {
      for await (const chunk of chunks) hash.update(chunk);
    },
    { signal },
  );
  return hash;
}
