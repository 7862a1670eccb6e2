import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { ImageFile } from '../../agent/sandbox/local-image/image-files.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import { readTextIfPresent } from '../../lib/files.ts';
import { filesBelow } from './context-files.ts';

const run = promisify(execFile);

const manifest = z.object({ dependencies: z.record(z.string(), z.string()).default({}) });

/** Installed dependencies; disposing deletes them. */
export interface Dependencies extends AsyncDisposable {
  readonly files: readonly ImageFile[];
}

/**
 * Installs the context's production dependencies by its lock file into a temporary folder; no install script of them runs. npm's cache is
 * used first, so a second build needs no registry. None where the context has no package.json or names no dependency. Throws `invalid-request`.
 */
export async function installDependencies(contextDir: string, signal: AbortSignal): Promise<Dependencies> {
  const none: Dependencies = { files: [], [Symbol.asyncDispose]: async () => undefined };
  const manifestText = readTextIfPresent(join(contextDir, 'package.json'));
  if (manifestText === null || !namesDependencies(manifestText, contextDir)) return none;

  const folder = await mkdtemp(join(tmpdir(), 'nightshift-build-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await cp(join(contextDir, 'package.json'), join(folder, 'package.json'));
    await cp(join(contextDir, 'package-lock.json'), join(folder, 'package-lock.json')).catch((cause: unknown) => {
      throw new ProblemError(
        'invalid-request',
        `${contextDir} has dependencies and no package-lock.json.`,
        `Run: npm install --package-lock-only --prefix ${contextDir}`,
        { cause },
      );
    });
    await npmInstall(folder, signal);
    // .bin holds links to programs, which nothing in the image calls.
    const files = await filesBelow(join(folder, 'node_modules'), 'app/node_modules', (path) => path.split('/').includes('.bin'));
    return { files, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function namesDependencies(manifestText: string, contextDir: string): boolean {
  try {
    return Object.keys(manifest.parse(JSON.parse(manifestText)).dependencies).length > 0;
  } catch (cause) {
    throw new ProblemError('invalid-request', `${join(contextDir, 'package.json')} is no valid package.json.`, 'Correct it.', { cause });
  }
}

async function npmInstall(folder: string, signal: AbortSignal): Promise<void> {
  try {
    await run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: folder, signal });
  } catch (cause) {
    signal.throwIfAborted();
    const reason = cause instanceof Error && 'stderr' in cause ? firstError(String(cause.stderr)) : String(cause);
    throw new ProblemError(
      'invalid-request',
      `npm could not install the dependencies of the image (${reason}).`,
      'Check package-lock.json and that this machine reaches the npm registry, then try again.',
      { cause },
    );
  }
}

const firstError = (stderr: string): string =>
  stderr
    .split('\n')
    .filter((line) => line.startsWith('npm error'))
    .map((line) => line.slice('npm error'.length).trim())
    .find((line) => line !== '' && !line.startsWith('code ')) ?? 'no reason given';
