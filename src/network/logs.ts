import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ensurePrivateDir } from '../lib/files.ts';

/** The logs of leases as their workers sent them, one file each; a file's size is where to go on. */
export interface Logs {
  sizeOf(leaseId: string): Promise<number>;
  /** Appends a stream until it ends or the log has `maxBytes`; then the stream is destroyed. `onGrown` after each write. */
  append(leaseId: string, source: Readable, maxBytes: number, onGrown: () => void): Promise<void>;
  /** At most `maxBytes` from a byte offset; empty at the end. */
  read(leaseId: string, offset: number, maxBytes: number): Promise<Buffer>;
}

export function openLogs(dir: string): Logs {
  ensurePrivateDir(dir);
  const pathOf = (leaseId: string): string => join(dir, `${leaseId}.log`);

  async function sizeOf(leaseId: string): Promise<number> {
    try {
      return (await stat(pathOf(leaseId))).size;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
      throw error;
    }
  }

  return {
    sizeOf,
    append: async (leaseId, source, maxBytes, onGrown) => {
      let room = maxBytes - (await sizeOf(leaseId));
      const file = await open(pathOf(leaseId), 'a', 0o600);
      try {
        for await (const chunk of source) {
          const kept = chunk.subarray(0, Math.max(room, 0));
          room -= kept.length;
          await file.appendFile(kept);
          onGrown();
          if (room <= 0) break;
        }
        await file.sync(); // its worker wipes the log once the lease is sealed
      } finally {
        await file.close();
      }
    },
    read: async (leaseId, offset, maxBytes) => {
      if ((await sizeOf(leaseId)) <= offset) return Buffer.alloc(0);
      const file = await open(pathOf(leaseId), 'r');
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, offset);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
  };
}
