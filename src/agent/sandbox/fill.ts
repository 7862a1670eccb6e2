import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar, { type Pack } from 'tar-stream';
import { ProblemError } from '../../contract/model/problem.ts';
import { eachEntry } from './archive-entries.ts';
import { plainEntry } from './archive-path.ts';
import { JOB_FOLDERS } from './hardening.ts';

/** Inputs are bounded in bytes by their own size; this bounds the files on the host's disk. */
const MAX_INPUT_ENTRIES = 200_000;

export interface FillOptions {
  readonly uid: number;
  readonly inputsTar: string | null;
  /** Read part of the inputs, 0..1. */
  readonly onFraction: (fraction: number) => void;
}

/**
 * The archive that makes a job's two volumes ready, to be unpacked at / by the engine: /job with its folders, and /in with the inputs, all
 * owned by the job's uid. The inputs are taken apart and packed anew, so only plain files and folders at plain paths come through.
 * The stream fails with `invalid-request` on a hostile or damaged archive, `inputs-missing` where there is none.
 */
export function packVolumes(options: FillOptions): Readable {
  const pack = tar.pack();
  fill(pack, options).then(
    () => pack.finalize(),
    (error: unknown) => pack.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return Readable.from(pack);
}

async function fill(pack: Pack, { uid, inputsTar, onFraction }: FillOptions): Promise<void> {
  const owned = (name: string, type: 'file' | 'directory', mode: number) => ({ name, type, mode, uid, gid: uid, mtime: new Date(0) });
  pack.entry(owned('job/', 'directory', 0o755));
  for (const folder of JOB_FOLDERS) pack.entry(owned(`job/${folder}/`, 'directory', 0o755));
  pack.entry(owned('in/', 'directory', 0o555));
  if (inputsTar === null) return;

  const { size: totalBytes } = await stat(inputsTar).catch((cause: unknown) => {
    throw new ProblemError('inputs-missing', `The inputs are not at ${inputsTar}.`, 'Fetch the inputs again.', { cause });
  });
  const source = createReadStream(inputsTar);
  let entries = 0;
  try {
    await eachEntry(source, async (entry) => {
      const plain = plainEntry(entry.header, 'inputs');
      if (++entries > MAX_INPUT_ENTRIES) {
        throw new ProblemError('invalid-request', `The inputs hold more than ${MAX_INPUT_ENTRIES} files.`, 'Pack small files together.');
      }
      onFraction(Math.min(1, source.bytesRead / totalBytes));
      if (plain.kind === 'file') {
        const mode = (entry.header.mode & 0o111) === 0 ? 0o444 : 0o555;
        await pipeline(entry, pack.entry({ ...owned(`in/${plain.path}`, 'file', mode), size: plain.sizeBytes }));
      } else {
        if (plain.path !== '') pack.entry(owned(`in/${plain.path}/`, 'directory', 0o555));
        entry.resume();
      }
    });
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw new ProblemError('invalid-request', 'The inputs are no readable tar archive.', 'Pack the inputs again.', { cause: error });
  } finally {
    source.destroy();
  }
}
