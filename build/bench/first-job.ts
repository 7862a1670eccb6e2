import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { tempFolder } from '../../src/lib/testing/temp-folder.ts';
import { printFigures } from './_figures.ts';

/*
 * What a newcomer waits: a fresh clone of HEAD in another folder, an empty home, then `npm ci` and `npm start -- --yes` until the first job
 * is finished and paid. Target: 5 minutes on 2 cores.
 */
const repository = join(import.meta.dirname, '..', '..');
const folder = tempFolder();
const clone = join(folder, 'nightshift');
const home = join(folder, 'home');
mkdirSync(home);
execFileSync('git', ['clone', '--quiet', repository, clone]);
const env = {
  PATH: process.env.PATH?.split(':')
    .filter((part) => !part.includes('node_modules'))
    .join(':'),
  HOME: home,
  NO_COLOR: '1',
};

/** Runs a command until a line says what is waited for, or until it ends. Resolves to the whole seconds and the process. */
async function runUntil(
  command: string,
  args: readonly string[],
  wanted: RegExp | null,
): Promise<{ seconds: number; child: ChildProcess; text: string }> {
  const startedMs = performance.now();
  const child = spawn(command, args, { cwd: clone, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  let text = '';
  const said = new Promise<void>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      process.stderr.write(chunk);
      text += chunk;
      if (wanted?.test(text)) resolve();
    });
    child.once('exit', (code) => (wanted === null && code === 0 ? resolve() : reject(new Error(`${command} ended with code ${code}`))));
  });
  await said;
  return { seconds: (performance.now() - startedMs) / 1000, child, text };
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return String(typeof address === 'object' && address ? address.port : 0);
}

const install = await runUntil('npm', ['ci'], null);
const ports = ['--ui-port', await freePort(), '--network-port', await freePort()];
const start = await runUntil('npm', ['start', '--', '--yes', ...ports], /ledger and the network's agree/);
const accuracy = /accuracy on \d+ withheld rows: ([\d.]+)%/.exec(start.text)?.[1];
if (start.child.pid !== undefined) process.kill(-start.child.pid, 'SIGINT'); // Ctrl-C goes to the whole group
await once(start.child, 'exit');
const total = install.seconds + start.seconds;
printFigures([
  { name: 'npm ci', value: install.seconds, unit: 's', peer: null, ratio: null, target: null, holds: null },
  { name: 'npm start to the first job paid', value: start.seconds, unit: 's', peer: null, ratio: null, target: null, holds: null },
  { name: 'cold start to the first job paid', value: total, unit: 's', peer: null, ratio: null, target: '<= 300 s', holds: total <= 300 },
  {
    name: 'accuracy on withheld rows',
    value: Number(accuracy),
    unit: '%',
    peer: null,
    ratio: null,
    target: '>= 95',
    holds: Number(accuracy) >= 95,
  },
]);
