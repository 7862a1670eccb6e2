import { createReadStream } from 'node:fs';
import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import tar, { type Pack } from 'tar-stream';
import type { ImageFile } from './image-files.ts';

/** A folder that is there from the beginning, to be mounted on or written to. */
export interface MountPoint {
  readonly path: string;
  readonly mode: number;
}

const NORMAL = { uid: 0, gid: 0, mtime: new Date(0) } as const;

/** The image's root as a tar, the same bytes for the same files. */
export function packImage(files: readonly ImageFile[], mountPoints: readonly MountPoint[], onFraction: (fraction: number) => void): Pack {
  const pack = tar.pack();
  fill(pack, files, mountPoints, onFraction).then(
    () => pack.finalize(),
    (error: unknown) => pack.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return pack;
}

async function fill(
  pack: Pack,
  files: readonly ImageFile[],
  mountPoints: readonly MountPoint[],
  onFraction: (fraction: number) => void,
): Promise<void> {
  for (const { path, mode } of mountPoints) pack.entry({ ...NORMAL, name: `${path}/`, type: 'directory', mode });
  const made = new Set<string>();
  const totalBytes = files.reduce((sum, file) => sum + sizeOf(file), 0);
  let doneBytes = 0;
  for (const file of files) {
    for (const folder of foldersOf(file.path)) {
      if (!made.has(folder)) pack.entry({ ...NORMAL, name: `${folder}/`, type: 'directory', mode: 0o755 });
      made.add(folder);
    }
    const header = { ...NORMAL, name: file.path, mode: file.executable ? 0o755 : 0o644 };
    if (file.content.kind === 'text') {
      pack.entry(header, file.content.text);
    } else {
      const { source, sizeBytes } = file.content;
      await pipeline(createReadStream(source), pack.entry({ ...header, size: sizeBytes }));
    }
    doneBytes += sizeOf(file);
    onFraction(totalBytes === 0 ? 1 : doneBytes / totalBytes);
  }
}

const sizeOf = ({ content }: ImageFile): number => (content.kind === 'text' ? Buffer.byteLength(content.text) : content.sizeBytes);

/** The folders a path lies in, outermost first. */
function foldersOf(path: string): readonly string[] {
  const parent = posix.dirname(path);
  return parent === '.' ? [] : [...foldersOf(parent), parent];
}
