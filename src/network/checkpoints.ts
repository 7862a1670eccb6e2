import { createReadStream, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { leaseId as leaseIdSchema } from '../contract/model/lease.ts';
import { ensurePrivateDir } from '../lib/files.ts';
import type { Logger } from '../lib/log.ts';
import { sizeOfArchive, writeArchive } from './archive-files.ts';
import type { Database } from './store/schema.ts';

/**
 * What interrupted attempts have saved, at `<dir>/<lease>.tar`. Named by the lease that left it, not by its content as blobs are: nobody
 * shares one, so it can be removed the moment its job needs it no more. What is there is whole and has the digest it was put with.
 */
export interface Checkpoints {
  /** Takes a stream in and returns its size, bytes. Throws `invalid-request` where the bytes have another digest or are too many. */
  put(leaseId: string, digest: string, source: Readable, maxBytes: number): Promise<number>;
  /** Size in bytes, or null where the lease has left none. */
  sizeOf(leaseId: string): Promise<number | null>;
  read(leaseId: string): Readable;
  /** Removes one, which need not be there. What cannot be removed now is removed at the next start. */
  remove(leaseId: string): Promise<void>;
}

/** Opens the folder and removes what no job can go on from: a crash may have come between the word that a checkpoint is done with and its removal. */
export async function openCheckpoints(dir: string, db: Database, logger: Logger): Promise<Checkpoints> {
  const temporaryDir = join(dir, 'tmp');
  rmSync(temporaryDir, { recursive: true, force: true });
  ensurePrivateDir(temporaryDir);
  const pathOf = (leaseId: string): string => join(dir, `${leaseIdSchema.parse(leaseId)}.tar`);
  const remove = async (leaseId: string): Promise<void> => {
    await rm(pathOf(leaseId), { force: true }).catch((error: unknown) => {
      logger.warn({ err: error, leaseId }, 'a checkpoint could not be removed; the next start tries again');
    });
  };

  const needed = await neededLeases(db);
  for (const name of readdirSync(dir)) {
    const leaseId = name.endsWith('.tar') ? name.slice(0, -'.tar'.length) : null;
    if (leaseId !== null && !needed.has(leaseId)) await remove(leaseId);
  }
  return {
    put: (leaseId, digest, source, maxBytes) => writeArchive(pathOf(leaseId), temporaryDir, digest, source, maxBytes),
    sizeOf: (leaseId) => sizeOfArchive(pathOf(leaseId)),
    read: (leaseId) => createReadStream(pathOf(leaseId)),
    remove,
  };
}

/** Leases whose file is a job's checkpoint, or may become it once the lease is sealed. */
async function neededLeases(db: Database): Promise<ReadonlySet<string>> {
  const jobs = await db.selectFrom('jobs').select('checkpointLeaseId as id').where('checkpointLeaseId', 'is not', null).execute();
  const open = await db.selectFrom('leases').select('id').where('state', '<>', 'closed').execute();
  return new Set([...jobs, ...open].map(({ id }) => id).filter((id) => id !== null));
}
