import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { type Home, installDir } from '../../src/cli/home.ts';

/** What a shell sees of a command that has ended. */
export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const launcher = join(installDir, 'build', 'nightshift.mjs');

/** `nightshift ...` as somebody types it, in a home. */
export function command(home: Home, ...args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve) => {
    const env = { ...process.env, NIGHTSHIFT_HOME: home.root, NO_COLOR: '1' };
    execFile(process.execPath, [launcher, ...args], { env }, (error, out, err) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out, err }),
    );
  });
}

/** What a command prints with `--json`. One that fails is an error. */
export async function commandJson(home: Home, ...args: readonly string[]): Promise<unknown> {
  const { code, out, err } = await command(home, ...args, '--json');
  if (code !== 0) throw new Error(`nightshift ${args.join(' ')} ended with ${code}: ${err}${out}`);
  return JSON.parse(out);
}
