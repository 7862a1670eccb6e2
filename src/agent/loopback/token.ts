import { timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { readOrCreate, writeFileDurably } from '../../lib/files.ts';
import { newSecret } from '../../lib/ids.ts';

/** The random token of the loopback server, kept over restarts so that an open page finds back. The file has mode 0600. */
export const openToken = (dataDir: string): string => readOrCreate(join(dataDir, 'ui.token'), () => newSecret('ui'));

export function tokenEquals(expected: string, given: string): boolean {
  const a = Buffer.from(expected);
  const b = Buffer.from(given);
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Tells clients on this machine (UI, CLI, tray) where the agent is and how to prove that they may. Mode 0600. */
export function writeUiAddress(dataDir: string, url: string, token: string): void {
  writeFileDurably(join(dataDir, 'ui.json'), `${JSON.stringify({ url, token, pid: process.pid }, null, 2)}\n`);
}
