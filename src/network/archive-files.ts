import { createHash, randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { ProblemError } from '../contract/model/problem.ts';
import { ensurePrivateDir } from '../lib/files.ts';

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

/**
 * Takes a stream into a file, whole and durable when this returns its size in bytes; a crash leaves the old file or the new one. Throws
 * `invalid-request` where the bytes have another digest or are more than `maxBytes`, `disk-full`.
 */
export async function writeArchive(
  path: string,
  temporaryDir: string,
  digest: string,
  source: Readable,
  maxBytes: number,
): Promise<number> {
  const temporary = join(temporaryDir, randomBytes(12).toString('hex'));
  try {
    const sizeBytes = await writeVerified(temporary, digest, source, maxBytes);
    const folder = ensurePrivateDir(dirname(path));
    await rename(temporary, path);
    for (const changed of [folder, dirname(folder)]) await syncFolder(changed); // the folder itself may be new
    return sizeBytes;
  } catch (error) {
    await rm(temporary, { force: true });
    throw diskProblem(error);
  }
}

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

/** Size in bytes, or null where there is no such file. */
export async function sizeOfArchive(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}
