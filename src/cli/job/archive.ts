import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, type Dirent } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join, posix, resolve, sep } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';
import { ProblemError } from '../../contract/model/problem.ts';

/** An archive on this machine's disk. */
export interface Archive {
  readonly path: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

/** Packs a folder's plain files, sorted and without times or owners, so that the same content always has the same digest. */
export async function packFolder(folder: string, destination: string): Promise<Archive> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw new ProblemError(
      'inputs-missing',
      `The inputs folder ${folder} cannot be read.`,
      'Make it, or correct `inputs` in the job file.',
      { cause: error },
    );
  });
  const files = entries.map((entry) => ({ entry, path: join(entry.parentPath, entry.name) })).sort((a, b) => (a.path < b.path ? -1 : 1));
  const pack = tar.pack();
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      callback(null, chunk);
    },
  });
  const addFiles = async (): Promise<void> => {
    for (const each of files) await addFile(pack, resolve(folder), each.entry, each.path);
    pack.finalize();
  };
  const adding = addFiles().catch((error: unknown) => {
    pack.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  });
  await Promise.all([adding, pipeline(pack, count, createWriteStream(destination))]);
  return { path: destination, digest: `sha256:${hash.digest('hex')}`, sizeBytes };
}

async function addFile(pack: tar.Pack, root: string, entry: Dirent, path: string): Promise<void> {
  const name = path
    .slice(root.length + 1)
    .split(sep)
    .join(posix.sep);
  if (entry.isDirectory()) {
    pack.entry({ name: `${name}/`, type: 'directory', mode: 0o755, mtime: new Date(0) });
  } else if (entry.isFile()) {
    const { size } = await stat(path);
    await pipeline(createReadStream(path), pack.entry({ name, size, mode: 0o644, mtime: new Date(0) }));
  } else {
    throw new ProblemError(
      'inputs-missing',
      `${path} is neither a file nor a folder.`,
      'Put plain files into the inputs folder; links are not followed.',
    );
  }
}

/**
 * Unpacks what came back from a job below `folder`. The archive was made by a stranger's machine: only plain files below the folder are
 * written, and of those only what was asked for.
 * @param outputs paths the job was to leave
 */
export async function unpackInto(archive: Readable, folder: string, outputs: readonly string[]): Promise<readonly string[]> {
  const extract = tar.extract();
  const [written] = await Promise.all([writeEntries(extract, resolve(folder), outputs), pipeline(archive, extract)]);
  return written;
}

async function writeEntries(extract: tar.Extract, root: string, outputs: readonly string[]): Promise<readonly string[]> {
  const wanted = outputs.map((output) => resolve(root, output));
  const written: string[] = [];
  for await (const entry of extract) {
    const { name, type } = entry.header;
    const path = resolve(root, name);
    if (path !== root && !path.startsWith(root + sep)) {
      throw new ProblemError('invalid-request', `The artifacts name a path outside their folder: ${name}.`, 'Do not trust this worker.');
    }
    if (!wanted.some((each) => path === each || each === root || path.startsWith(each + sep))) {
      throw new ProblemError(
        'invalid-request',
        `The artifacts hold what no output of the job names: ${name}.`,
        'Do not trust this worker.',
      );
    }
    if (type === 'directory') {
      await mkdir(path, { recursive: true });
      entry.resume();
    } else if (type === 'file') {
      await mkdir(dirname(path), { recursive: true });
      await pipeline(entry, createWriteStream(path, { mode: 0o644 }));
      written.push(path);
    } else {
      throw new ProblemError('invalid-request', `The artifacts hold a ${type} (${name}).`, 'Do not trust this worker.');
    }
  }
  return written;
}

/** Streams a web response body through a check of digest and size: what arrives differs from its name only as an error. */
export function checkedBody(body: ReadableStream<Uint8Array>, digest: string, sizeBytes: number): Readable {
  const damaged = (): ProblemError =>
    new ProblemError('internal', 'The artifacts arrived damaged.', 'Fetch them again: npx nightshift job artifacts <id>');
  const hash = createHash('sha256');
  let arrivedBytes = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      hash.update(chunk);
      arrivedBytes += chunk.length;
      callback(arrivedBytes > sizeBytes ? damaged() : null, chunk);
    },
    flush(callback) {
      callback(`sha256:${hash.digest('hex')}` === digest ? null : damaged());
    },
  });
  const source = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]); // the DOM's and Node's stream types differ in name only
  source.on('error', (error) => check.destroy(error));
  return source.pipe(check);
}
