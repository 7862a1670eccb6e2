import { constants } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { ImageFile } from '../../agent/sandbox/local-image/image-files.ts';
import { ProblemError } from '../../contract/model/problem.ts';

const IGNORE_FILE = '.nightshiftignore';
/** Dependencies come from the lock file, whatever lies in node_modules. */
const ALWAYS_LEFT_OUT = ['node_modules', '.git', IGNORE_FILE];

/**
 * The context's files below /app. Left out: what a line of .nightshiftignore names (a path or glob relative to the context; `#` starts a
 * comment), with all below it, so that data a job must not see never enters its image. Throws `invalid-request`.
 */
export async function readContext(contextDir: string): Promise<{ readonly files: readonly ImageFile[] }> {
  const folder = await stat(contextDir).catch(() => null);
  if (folder?.isDirectory() !== true) {
    throw new ProblemError('invalid-request', `There is no folder ${contextDir} to build from.`, "Correct 'build' in the job file.");
  }
  const isLeftOut = ignoreRule(await readIgnoreFile(join(contextDir, IGNORE_FILE)));
  return { files: await filesBelow(contextDir, 'app', isLeftOut) };
}

/** '' where there is none. What is there and cannot be read must not pass for nothing: it names what a job must not see. */
async function readIgnoreFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
    throw new ProblemError('invalid-request', `${path} cannot be read.`, 'Make it a file that you may read, or remove it.', { cause });
  }
}

/** Whether a path, relative to the context, is left out. Folders are asked before what is in them. */
export function ignoreRule(ignoreText: string): (path: string) => boolean {
  const patterns = ignoreText
    .split('\n')
    .map((line) => line.trim().replace(/^(?:\.?\/)+|\/+$/g, ''))
    .filter((line) => line !== '' && !line.startsWith('#'));
  const negated = patterns.find((pattern) => pattern.startsWith('!'));
  if (negated !== undefined) {
    throw new ProblemError(
      'invalid-request',
      `${IGNORE_FILE} has the line '${negated}', and '!' is not known.`,
      'List what to leave out only.',
    );
  }
  return (path) => [...ALWAYS_LEFT_OUT, ...patterns].some((pattern) => path === pattern || posix.matchesGlob(path, pattern));
}

/** Every plain file below a folder, put below `target` in the image. */
export async function filesBelow(root: string, target: string, isLeftOut: (path: string) => boolean): Promise<readonly ImageFile[]> {
  const files: ImageFile[] = [];
  const visit = async (relative: string): Promise<void> => {
    for (const entry of await readdir(join(root, relative), { withFileTypes: true })) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (isLeftOut(path)) continue;
      if (entry.isDirectory()) {
        await visit(path);
      } else if (entry.isFile()) {
        const source = join(root, path);
        const { size, mode } = await stat(source);
        files.push({
          path: `${target}/${path}`,
          executable: (mode & constants.S_IXUSR) !== 0,
          content: { kind: 'file', source, sizeBytes: size },
        });
      } else {
        throw new ProblemError(
          'invalid-request',
          `${join(root, path)} is no plain file or folder.`,
          `Name it in ${IGNORE_FILE}, or replace it by a file.`,
        );
      }
    }
  };
  await visit('');
  return files;
}
