import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ProblemError } from '../../contract/model/problem.ts';
import { installDir } from '../home.ts';

export const uiRoot = join(installDir, 'dist', 'renderer', 'worker');

/** Whether the UI on disk was built from the sources as they are. */
export function isUiBuilt(): boolean {
  const index = join(uiRoot, 'index.html');
  if (!existsSync(index)) return false;
  const builtMs = statSync(index).mtimeMs;
  const sources = [join(installDir, 'renderer'), join(installDir, 'src', 'contract')].filter((folder) => existsSync(folder));
  return !sources.some((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).some(
      (entry) => entry.isFile() && statSync(join(entry.parentPath, entry.name)).mtimeMs > builtMs,
    ),
  );
}

/** Builds the UI; a few seconds. */
export async function buildUi(signal: AbortSignal): Promise<void> {
  const vite = join(installDir, 'node_modules', 'vite', 'bin', 'vite.js');
  const child = spawn(process.execPath, [vite, 'build', '--config', join(installDir, 'build', 'vite.config.ts'), '--logLevel', 'warn'], {
    cwd: installDir,
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const [code] = await once(child, 'exit');
  if (code !== 0)
    throw new ProblemError(
      'internal',
      `The user interface could not be built: ${said.join('').trim().split('\n').at(-1) ?? ''}.`,
      'Run npm ci again, then npm run build.',
    );
}
