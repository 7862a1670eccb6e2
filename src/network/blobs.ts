import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, rmSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { sha256Digest } from '../contract/model/job.ts';
import { ProblemError } from '../contract/model/problem.ts';
import { ensurePrivateDir } from '../lib/files.ts';

/** Archives by content, at `<dir>/<first two digits>/<digest>`. What is there is whole and has that digest. */
export interface Blobs {
  /** Takes a stream in and returns its size, bytes. Throws `invalid-request` where the bytes have another digest or are too many. */
  put(digest: string, source: Readable, maxBytes: number): Promise<number>;
  /** Size in bytes, or null where there is no such blob. */
  sizeOf(digest: string): Promise<number | null>;
  read(digest: string): Readable;
}

const isCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code;

/** Turns "no space left" into the problem a person can act on. */
export function diskProblem(error: unknown): unknown {
  if (!isCode(error, 'ENOSPC') && !isCode(error, 'EDQUOT')) return error;
  return new ProblemError('disk-full', "The network's disk is full.", 'Try again later, or tell the operator.', { cause: error });
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

export function openBlobs(dir: string): Blobs {
  const temporaryDir = join(dir, 'tmp');
  rmSync(temporaryDir, { recursive: true, force: true }); // what a crash left half written; the directory has one user
  ensurePrivateDir(temporaryDir);
  const pathOf = (digest: string): string => {
    const hex = sha256Digest.parse(digest).slice('sha256:'.length); // also keeps anything else out of the path
    return join(dir, hex.slice(0, 2), hex);
  };

  async function writeVerified(temporary: string, digest: string, source: Readable, maxBytes: number): Promise<number> {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const file = await open(temporary, 'wx', 0o600);
    try {
      for await (const chunk of source) {
        sizeBytes += chunk.length;
        if (sizeBytes > maxBytes) {
          throw new ProblemError('invalid-request', `The archive is larger than ${maxBytes} bytes.`, 'Send a smaller archive.');
        }
        hash.update(chunk);
        await file.appendFile(chunk);
      }
      const found = `sha256:${hash.digest('hex')}`;
      if (found !== digest) {
        throw new ProblemError('invalid-request', `The bytes have the digest ${found}, not ${digest}.`, 'Send the archive again.');
      }
      await file.sync();
    } finally {
      await file.close();
    }
    return sizeBytes;
  }

  return {
    put: async (digest, source, maxBytes) => {
      const path = pathOf(digest);
      const temporary = join(temporaryDir, randomBytes(12).toString('hex'));
      try {
        const sizeBytes = await writeVerified(temporary, digest, source, maxBytes);
        const folder = ensurePrivateDir(join(path, '..'));
        await rename(temporary, path);
        for (const changed of [folder, dir]) await syncFolder(changed); // the folder itself may be new
        return sizeBytes;
      } catch (error) {
        await rm(temporary, { force: true });
        throw diskProblem(error);
      }
    },
    sizeOf: async (digest) => {
      try {
        return (await stat(pathOf(digest))).size;
      } catch (error) {
        if (isCode(error, 'ENOENT')) return null;
        throw error;
      }
    },
    read: (digest) => createReadStream(pathOf(digest)),
  };
}
