import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar, { type Pack } from 'tar-stream';
import { ProblemError } from '../../contract/model/problem.ts';
import { eachEntry } from './archive-entries.ts';
import { plainEntry } from './archive-path.ts';

/** What comes from elsewhere is bounded in bytes by its own size; this bounds the files on the host's disk. */
const MAX_ENTRIES = 200_000;

export interface FillOptions {
  readonly uid: number;
  /** To be made below /, each after the one that holds it. */
  readonly folders: readonly string[];
  readonly inputsTar: string | null;
  /** What an earlier attempt has saved. */
  readonly checkpointTar: string | null;
  /** Read part of what is to be unpacked, 0..1. */
  readonly onFraction: (fraction: number) => void;
}

/** An archive from elsewhere, and where its files go. */
interface Delivery {
  readonly tar: string;
  readonly words: 'inputs' | 'checkpoints';
  readonly target: string;
  readonly fileMode: number;
  readonly folderMode: number;
}

/**
 * The archive that makes a job's volumes ready, to be unpacked at / by the engine: the folders asked for, the inputs at /in and what an
 * earlier attempt has saved at /job/checkpoint, all owned by the job's uid. What comes from elsewhere is taken apart and packed anew, so only plain files
 * and folders at plain paths come through. The stream fails with `invalid-request` on a hostile or damaged archive, `inputs-missing` where
 * there is none.
 */
export function packVolumes(options: FillOptions): Readable {
  const pack = tar.pack();
  fill(pack, options).then(
    () => pack.finalize(),
    (error: unknown) => pack.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return Readable.from(pack);
}

type OwnedHeader = (name: string, type: 'file' | 'directory', mode: number) => Parameters<Pack['entry']>[0];

async function fill(pack: Pack, { uid, folders, inputsTar, checkpointTar, onFraction }: FillOptions): Promise<void> {
  const owned: OwnedHeader = (name, type, mode) => ({ name, type, mode, uid, gid: uid, mtime: new Date(0) });
  for (const folder of folders) pack.entry(owned(`${folder}/`, 'directory', 0o755));
  const deliveries: Delivery[] = [];
  if (inputsTar !== null) deliveries.push({ tar: inputsTar, words: 'inputs', target: 'in', fileMode: 0o444, folderMode: 0o555 });
  if (checkpointTar !== null)
    deliveries.push({ tar: checkpointTar, words: 'checkpoints', target: 'job/checkpoint', fileMode: 0o644, folderMode: 0o755 });

  const sizes = await Promise.all(deliveries.map(sizeOf));
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  let doneBytes = 0;
  for (const [index, delivery] of deliveries.entries()) {
    pack.entry(owned(`${delivery.target}/`, 'directory', delivery.folderMode));
    await deliver(pack, owned, delivery, (bytes) => onFraction(Math.min(1, (doneBytes + bytes) / totalBytes)));
    doneBytes += sizes[index] ?? 0;
  }
}

async function sizeOf({ tar: path, words }: Delivery): Promise<number> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new ProblemError('inputs-missing', `The ${words} are not at ${path}.`, `Fetch the ${words} again.`, { cause });
  });
  return size;
}

async function deliver(pack: Pack, owned: OwnedHeader, delivery: Delivery, onBytes: (bytes: number) => void): Promise<void> {
  const { words, target, fileMode, folderMode } = delivery;
  const source = createReadStream(delivery.tar);
  let entries = 0;
  try {
    await eachEntry(source, async (entry) => {
      const plain = plainEntry(entry.header, words);
      if (++entries > MAX_ENTRIES) {
        throw new ProblemError('invalid-request', `The ${words} hold more than ${MAX_ENTRIES} files.`, 'Pack small files together.');
      }
      onBytes(source.bytesRead);
      if (plain.kind === 'file') {
        const mode = (entry.header.mode & 0o111) === 0 ? fileMode : fileMode | 0o111;
        await pipeline(entry, pack.entry({ ...owned(`${target}/${plain.path}`, 'file', mode), size: plain.sizeBytes }));
      } else {
        if (plain.path !== '') pack.entry(owned(`${target}/${plain.path}/`, 'directory', folderMode));
        entry.resume();
      }
    });
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw new ProblemError('invalid-request', `The ${words} are no readable tar archive.`, `Pack the ${words} again.`, { cause: error });
  } finally {
    source.destroy();
  }
}
