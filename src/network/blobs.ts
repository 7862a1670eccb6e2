import { createReadStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { sha256Digest } from '../contract/model/job.ts';
import { ensurePrivateDir } from '../lib/files.ts';
import { sizeOfArchive, writeArchive } from './archive-files.ts';

/** Archives by content, at `<dir>/<first two digits>/<digest>`. What is there is whole and has that digest. */
export interface Blobs {
  /** Takes a stream in and returns its size, bytes. Throws `invalid-request` where the bytes have another digest or are too many. */
  put(digest: string, source: Readable, maxBytes: number): Promise<number>;
  /** Size in bytes, or null where there is no such blob. */
  sizeOf(digest: string): Promise<number | null>;
  read(digest: string): Readable;
}

export function openBlobs(dir: string): Blobs {
  const temporaryDir = join(dir, 'tmp');
  rmSync(temporaryDir, { recursive: true, force: true }); // what a crash left half written; the directory has one user
  ensurePrivateDir(temporaryDir);
  const pathOf = (digest: string): string => {
    const hex = sha256Digest.parse(digest).slice('sha256:'.length); // also keeps anything else out of the path
    return join(dir, hex.slice(0, 2), hex);
  };
  return {
    put: (digest, source, maxBytes) => writeArchive(pathOf(digest), temporaryDir, digest, source, maxBytes),
    sizeOf: (digest) => sizeOfArchive(pathOf(digest)),
    read: (digest) => createReadStream(pathOf(digest)),
  };
}
