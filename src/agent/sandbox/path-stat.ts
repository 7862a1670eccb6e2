import { IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { Engine } from './engine.ts';

/** os.ModeDir and os.ModeSymlink of Go, which the engine's file modes are. */
const GO_MODE_DIR = 2 ** 31;
const GO_MODE_SYMLINK = 2 ** 27;
const rawStat = z.object({ mode: z.number(), mtime: z.string() });

/** What is at a path within a container; a link is told of itself, not of what it leads to. */
export interface PathStat {
  readonly kind: 'folder' | 'link' | 'other';
  /** The engine's clock, ms since the Unix epoch. */
  readonly modifiedAtMs: number;
}

/** Looks at a path within a container, running or not. Null where there is none, or no such container. */
export async function statInside(engine: Engine, container: string, path: string): Promise<PathStat | null> {
  const answer = await engine.find((docker) => docker.getContainer(container).infoArchive({ path }));
  if (answer === null) return null;
  z.instanceof(IncomingMessage).parse(answer).resume(); // unread, even an empty body holds its connection, and with it the process
  const { headers } = z.object({ headers: z.object({ 'x-docker-container-path-stat': z.string() }) }).parse(answer);
  const { mode, mtime } = rawStat.parse(JSON.parse(Buffer.from(headers['x-docker-container-path-stat'], 'base64').toString()));
  const kind = hasBit(mode, GO_MODE_SYMLINK) ? 'link' : hasBit(mode, GO_MODE_DIR) ? 'folder' : 'other';
  return { kind, modifiedAtMs: Date.parse(mtime) };
}

/** Unsigned, unlike `&`: Go's folder bit is the sign bit of JavaScript's. */
const hasBit = (mode: number, bit: number): boolean => Math.floor(mode / bit) % 2 === 1;
