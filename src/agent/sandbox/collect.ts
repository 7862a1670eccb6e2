import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar, { type Pack } from 'tar-stream';
import * as z from 'zod';
import { ProblemError } from '../../contract/model/problem.ts';
import { eachEntry } from './archive-entries.ts';
import { plainEntry, plainPath } from './archive-path.ts';
import type { Engine } from './engine.ts';
import { engineFault } from './engine-fault.ts';

export interface Artifacts {
  readonly digest: `sha256:${string}`;
  readonly sizeBytes: number;
}

export interface CollectOptions {
  readonly container: string;
  readonly outputs: readonly string[];
  readonly destinationTar: string;
  /** Most that the artifact archive may measure, its headers included. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

const OUTPUTS_DIR = '/job/out';
const TAR_BLOCK_BYTES = 512;
/** The bytes are bounded; this bounds the files on the renter's disk, and here the headers, which wait in memory for the disk. */
const MAX_OUTPUT_ENTRIES = 200_000;

/**
 * Brings the named files and folders below /job/out into a tar of plain entries (names as asked for, mode 0644 or 0755, uid 0, time 0), whole
 * and durable when this returns. The container is stopped, so nothing moves underneath. Throws `invalid-request` for an output that is
 * missing, hostile or too large, `engine-lost`, `disk-full`.
 */
export async function collectOutputs(engine: Engine, options: CollectOptions): Promise<Artifacts> {
  const { destinationTar, outputs, signal } = options;
  const wanted = distinctOutputs(outputs);
  const partial = `${destinationTar}.part`;
  const pack = tar.pack();
  pack.on('error', () => undefined); // both promises below tell it, but nobody listens to the stream itself until its file is open
  try {
    const packing = (async () => {
      const budget = createBudget(options.maxBytes);
      for (const path of wanted) await packOutput(engine, options, path, pack, budget);
      pack.finalize();
    })().catch((error: unknown) => {
      pack.destroy(error instanceof Error ? error : new Error(String(error)));
      throw error;
    });
    const [artifacts] = await Promise.all([writeDurably(pack, partial, options.maxBytes, signal), packing]);
    await rename(partial, destinationTar);
    await syncFolder(dirname(destinationTar));
    return artifacts;
  } catch (error) {
    pack.destroy(); // what still packs ends with it
    await rm(partial, { force: true });
    signal.throwIfAborted();
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
      throw new ProblemError('disk-full', 'The results do not fit on this machine.', 'Free some space, then try again.', { cause: error });
    }
    throw engineFault(error);
  }
}

/** Plain paths in their order, each once, and none that lies within another. */
export function distinctOutputs(outputs: readonly string[]): readonly string[] {
  const paths = [
    ...new Set(
      outputs.map((output) => {
        const path = plainPath(output);
        if (path === null) throw invalid(`The output ${JSON.stringify(output)} lies outside the outputs folder`, 'Name it below /job/out.');
        return path;
      }),
    ),
  ];
  return paths.filter((path) => !paths.some((other) => other !== path && (other === '' || path.startsWith(`${other}/`))));
}

async function packOutput(
  engine: Engine,
  options: CollectOptions,
  path: string,
  pack: Pack,
  spend: (bytes: number) => void,
): Promise<void> {
  await refuseLinksOnTheWay(engine, options.container, path);
  const archive = await engine.askLong((docker) =>
    docker.getContainer(options.container).getArchive({ path: `${OUTPUTS_DIR}/${path}`, abortSignal: options.signal }),
  );
  await eachEntry(archive, async (entry) => {
    const plain = plainEntry(entry.header, 'outputs');
    // The engine names entries from the last part of the path that was asked for.
    const name = [path, ...plain.path.split('/').slice(1)].filter((part) => part !== '').join('/');
    spend(TAR_BLOCK_BYTES + Math.ceil(plain.sizeBytes / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES);
    if (plain.kind === 'file') {
      await pipeline(entry, pack.entry({ ...NORMAL, name, mode: 0o644, size: plain.sizeBytes }));
    } else {
      if (name !== '') pack.entry({ ...NORMAL, name: `${name}/`, type: 'directory', mode: 0o755 });
      entry.resume();
    }
  });
}

const NORMAL = { uid: 0, gid: 0, mtime: new Date(0) } as const;

/** os.ModeDir and os.ModeSymlink of Go, which the engine's file modes are. */
const GO_MODE_DIR = 2 ** 31;
const GO_MODE_SYMLINK = 2 ** 27;
const pathStat = z.object({ mode: z.number() });

/** The engine would follow a link within the container; what it leads to is no output of the job. Names an output that is missing. */
async function refuseLinksOnTheWay(engine: Engine, container: string, path: string): Promise<void> {
  const parts = path === '' ? [] : path.split('/');
  for (let depth = 0; depth <= parts.length; depth++) {
    const at = [OUTPUTS_DIR, ...parts.slice(0, depth)].join('/');
    const mode = await modeInside(engine, container, at);
    if (mode !== null && hasBit(mode, GO_MODE_SYMLINK)) {
      throw invalid(`The outputs hold a symbolic link: ${JSON.stringify(at)}`, 'Use plain files and folders only in the outputs.');
    }
    if (mode === null || (depth < parts.length && !hasBit(mode, GO_MODE_DIR))) {
      throw invalid(`The job did not write its output ${JSON.stringify(path)}`, 'Write it below $NIGHTSHIFT_OUTPUTS.');
    }
  }
}

/** Unsigned, unlike `&`: Go's folder bit is the sign bit of JavaScript's. */
const hasBit = (mode: number, bit: number): boolean => Math.floor(mode / bit) % 2 === 1;

async function modeInside(engine: Engine, container: string, path: string): Promise<number | null> {
  const answer = await engine.find((docker) => docker.getContainer(container).infoArchive({ path }));
  if (answer === null) return null;
  z.instanceof(IncomingMessage).parse(answer).resume(); // unread, even an empty body holds its connection, and with it the process
  const { headers } = z.object({ headers: z.object({ 'x-docker-container-path-stat': z.string() }) }).parse(answer);
  return pathStat.parse(JSON.parse(Buffer.from(headers['x-docker-container-path-stat'], 'base64').toString())).mode;
}

/** Counts entries and their bytes before anything of them is read. */
export function createBudget(maxBytes: number): (bytes: number) => void {
  let leftBytes = maxBytes;
  let leftEntries = MAX_OUTPUT_ENTRIES;
  return (bytes) => {
    leftBytes -= bytes;
    leftEntries -= 1;
    if (leftBytes < 0) throw tooLarge(maxBytes);
    if (leftEntries < 0) throw invalid(`The outputs hold more than ${MAX_OUTPUT_ENTRIES} files`, 'Pack small files together.');
  };
}

const tooLarge = (maxBytes: number): ProblemError => invalid(`The outputs measure more than ${maxBytes} bytes`, 'Bring back less.');

/** `maxBytes` holds here for the archive as it is: a long name has a header of its own, which the entries do not tell. */
async function writeDurably(pack: Pack, path: string, maxBytes: number, signal: AbortSignal): Promise<Artifacts> {
  const file = await open(path, 'w', 0o600);
  try {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const chunk of Readable.from(pack, { signal })) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
      await file.write(chunk);
    }
    await file.sync();
    return { digest: `sha256:${hash.digest('hex')}`, sizeBytes };
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const invalid = (detail: string, next: string): ProblemError => new ProblemError('invalid-request', `${detail}.`, next);
