import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar, { type Pack } from 'tar-stream';
import { ProblemError } from '../../contract/model/problem.ts';
import { eachEntry } from './archive-entries.ts';
import { plainEntry, plainPath } from './archive-path.ts';
import type { Engine } from './engine.ts';
import { engineFault } from './engine-fault.ts';
import { statInside } from './path-stat.ts';

export interface Artifacts {
  readonly digest: `sha256:${string}`;
  readonly sizeBytes: number;
}

/** A folder of the job that may be brought back, and what a person calls that which is in it. */
const WORDS = { '/job/out': 'outputs', '/job/checkpoint': 'checkpoints' } as const;
export type JobFolder = keyof typeof WORDS;

export interface CollectOptions {
  readonly container: string;
  readonly folder: JobFolder;
  /** Below the folder; `.` is all of it. */
  readonly paths: readonly string[];
  readonly destinationTar: string;
  /** Most that the archive may measure, its headers included. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

const TAR_BLOCK_BYTES = 512;
/** The bytes are bounded; this bounds the files on the renter's disk, and here the headers, which wait in memory for the disk. */
const MAX_OUTPUT_ENTRIES = 200_000;

/**
 * Brings files and folders below one of the job's own into a tar of plain entries (names as asked for, mode 0644 or 0755, uid 0, time 0), whole
 * and durable when this returns. The container is stopped, so nothing moves underneath. `files`: how many plain files it holds. Throws
 * `invalid-request` for a path that is missing, hostile or too large, `engine-lost`, `disk-full`.
 */
export async function collectFolder(engine: Engine, options: CollectOptions): Promise<Artifacts & { readonly files: number }> {
  const { destinationTar, paths, signal } = options;
  const wanted = distinctOutputs(paths);
  let files = 0;
  const partial = `${destinationTar}.part`;
  const pack = tar.pack();
  pack.on('error', () => undefined); // both promises below tell it, but nobody listens to the stream itself until its file is open
  try {
    const packing = (async () => {
      const budget = createBudget(options.maxBytes);
      for (const path of wanted) files += await packOutput(engine, options, path, pack, budget);
      pack.finalize();
    })().catch((error: unknown) => {
      pack.destroy(error instanceof Error ? error : new Error(String(error)));
      throw error;
    });
    const [artifacts] = await Promise.all([writeDurably(pack, partial, options.maxBytes, signal), packing]);
    await rename(partial, destinationTar);
    await syncFolder(dirname(destinationTar));
    return { ...artifacts, files };
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
): Promise<number> {
  const { container, folder } = options;
  let files = 0;
  await refuseLinksOnTheWay(engine, container, folder, path);
  const archive = await engine.askLong((docker) =>
    docker.getContainer(container).getArchive({ path: `${folder}/${path}`, abortSignal: options.signal }),
  );
  await eachEntry(archive, async (entry) => {
    const plain = plainEntry(entry.header, WORDS[folder]);
    // The engine names entries from the last part of the path that was asked for.
    const name = [path, ...plain.path.split('/').slice(1)].filter((part) => part !== '').join('/');
    spend(TAR_BLOCK_BYTES + Math.ceil(plain.sizeBytes / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES);
    if (plain.kind === 'file') {
      files += 1;
      await pipeline(entry, pack.entry({ ...NORMAL, name, mode: 0o644, size: plain.sizeBytes }));
    } else {
      if (name !== '') pack.entry({ ...NORMAL, name: `${name}/`, type: 'directory', mode: 0o755 });
      entry.resume();
    }
  });
  return files;
}

const NORMAL = { uid: 0, gid: 0, mtime: new Date(0) } as const;

/** The engine would follow a link within the container; what it leads to is none of the job's own. Names an output that is missing. */
async function refuseLinksOnTheWay(engine: Engine, container: string, folder: JobFolder, path: string): Promise<void> {
  const parts = path === '' ? [] : path.split('/');
  for (let depth = 0; depth <= parts.length; depth++) {
    const at = [folder, ...parts.slice(0, depth)].join('/');
    const found = await statInside(engine, container, at);
    if (found?.kind === 'link') {
      const words = WORDS[folder];
      throw invalid(`The ${words} hold a symbolic link: ${JSON.stringify(at)}`, `Use plain files and folders only in the ${words}.`);
    }
    if (found === null || (depth < parts.length && found.kind !== 'folder')) {
      throw invalid(`The job did not write its output ${JSON.stringify(path)}`, 'Write it below $NIGHTSHIFT_OUTPUTS.');
    }
  }
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
