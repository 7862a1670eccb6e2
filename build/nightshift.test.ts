import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** The launcher over a command line of three words, so that this tests the launcher alone. */
const tree = mkdtempSync(join(tmpdir(), 'nightshift-launcher-'));
const launcher = join(tree, 'build', 'nightshift.mjs');
const mainText = `
const [word, ...rest]: readonly string[] = process.argv.slice(2);
if (word === 'say') console.log([process.versions.node.split('.')[0], ...rest].join(' '));
if (word === 'exit') process.exitCode = Number(rest[0]);
if (word === 'wait') {
  process.on('SIGTERM', () => process.exit(7));
  setInterval(() => undefined, 1000);
  console.log('waiting');
}
`;

beforeAll(() => {
  for (const folder of ['build', 'src/cli']) mkdirSync(join(tree, folder), { recursive: true });
  for (const name of ['nightshift.mjs', 'bundle.mjs', 'vite.agent.config.ts'])
    cpSync(join(import.meta.dirname, name), join(tree, 'build', name));
  writeFileSync(join(tree, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(tree, 'src', 'cli', 'main.ts'), mainText);
});
afterAll(() => rmSync(tree, { recursive: true, force: true }));

const launch = (node: string, ...args: readonly string[]) => spawnSync(node, [launcher, ...args], { encoding: 'utf8' });
const majorOf = (node: string): number => Number(/^v(\d+)/.exec(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1]);
const olderNode = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, process.platform === 'win32' ? 'node.exe' : 'node'))
  .find((node) => majorOf(node) >= 18 && majorOf(node) < 24);

test('without packages it says what to do', () => {
  const { status, stderr } = launch(process.execPath, 'say');
  expect(status).toBe(1);
  expect(stderr).toMatch(/Run npm ci first\.\n$/);
});

test('under a Node that runs TypeScript it is the command line, without a warning', () => {
  installPackages();
  expect(launch(process.execPath, 'say', 'a b', '--c')).toMatchObject({ status: 0, stdout: '24 a b --c\n', stderr: '' });
  expect(launch(process.execPath, 'exit', '3').status).toBe(3);
});

test('under an older Node it starts the pinned one, and passes arguments, exit code and signals through', async (context) => {
  if (olderNode === undefined) return context.skip('no Node from 18 to 23 on the PATH');
  installPackages();
  expect(launch(olderNode, 'say', 'a b', '--c')).toMatchObject({ status: 0, stdout: '24 a b --c\n', stderr: '' });
  expect(launch(olderNode, 'exit', '3').status).toBe(3);
  const waiting = spawn(olderNode, [launcher, 'wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(waiting.stdout, 'data');
  waiting.kill('SIGTERM');
  expect(await once(waiting, 'exit')).toEqual([7, null]);
});

/** What `npm ci` leaves, as far as the launcher looks at it. */
function installPackages(): void {
  mkdirSync(join(tree, 'node_modules'), { recursive: true });
  writeFileSync(join(tree, 'node_modules', '.package-lock.json'), '{}');
  rmSync(join(tree, 'node_modules', 'node'), { force: true });
  symlinkSync(join(import.meta.dirname, '..', 'node_modules', 'node'), join(tree, 'node_modules', 'node'), 'junction');
}
