import { spawn } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, join } from 'node:path';

/** The names of the programs in a folder of the repository: its .ts files without tests and helpers (`_name.ts`). */
export function namesIn(folder: string): readonly string[] {
  return globSync('*.ts', { cwd: folder })
    .filter((file) => !file.endsWith('.test.ts') && !file.startsWith('_'))
    .map((file) => basename(file, '.ts'))
    .sort();
}

/**
 * Runs `<folder>/<name>.ts` for a command line `name [arguments]` and resolves to its exit code. Without a name it lists what there is
 * (0); an unknown name is said so (2).
 */
export async function runNamed(kind: string, folder: string, argv: readonly string[]): Promise<number> {
  const [name, ...args] = argv;
  const names = existsSync(folder) ? namesIn(folder) : [];
  const list =
    names.length === 0
      ? `There is no ${kind} yet.`
      : `npm run ${kind} -- <name>, where <name> is one of:\n${names.map((n) => `  ${n}`).join('\n')}`;
  if (name === undefined) {
    console.log(list);
    return 0;
  }
  if (!names.includes(name)) {
    console.error(`There is no ${kind} ${name}. ${list}`);
    return 2;
  }
  const child = spawn(process.execPath, [join(folder, `${name}.ts`), ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128 + constants.signals[signal])));
  });
}
