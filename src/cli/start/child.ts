import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { ProblemError, problem } from '../../contract/model/problem.ts';
import { ensurePrivateDir } from '../../lib/files.ts';
import { type Home, installDir } from '../home.ts';

/** What a part tells the one who started it. */
export const childMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), url: z.string(), pid: z.int() }),
  z.object({ kind: z.literal('failed'), problem }),
]);
export type ChildMessage = z.infer<typeof childMessage>;

/** The network or the agent as a process of its own. */
export interface Part {
  readonly name: 'network' | 'agent';
  readonly url: string;
  readonly pid: number;
  /** Settles when the process has ended, by itself or asked to. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const launcher = join(installDir, 'build', 'nightshift.mjs');

const STOP_MS = 20_000;

/**
 * Node's --max-semi-space-size, in MB: V8's nursery. One that stays in the processor's cache is collected in less than 1 ms, so it holds up no
 * freeze, and saves an agent that waits about a third of its processor time. The network has more to do at once.
 * --no-opt, --no-maglev: the optimising compilers bring 8 MB of their own code into memory once a loop gets hot, and save an agent that is
 * nearly idle nothing that can be measured (docs/benchmarks.md).
 */
const NODE_FLAGS = { agent: ['--max-semi-space-size=1', '--no-opt', '--no-maglev'], network: [] };

/** Starts a part and waits until it is ready. Throws its own problem when it cannot start. Its log goes to `<home>/logs/<name>.log`. */
export async function startPart(name: Part['name'], home: Home, args: readonly string[]): Promise<Part> {
  const log = createWriteStream(join(ensurePrivateDir(home.logsDir), `${name}.log`), { flags: 'a', mode: 0o600 });
  await once(log, 'open');
  const child = spawn(process.execPath, [...NODE_FLAGS[name], launcher, name, '--home', home.root, ...args], {
    stdio: ['ignore', log, log, 'ipc'],
    detached: process.platform !== 'win32', // Ctrl-C of the terminal reaches only us: we stop the parts in order
  });
  log.close();
  const ended = once(child, 'exit').then(() => undefined);
  const url = await firstMessage(child, ended, name, home);
  return {
    name,
    url,
    pid: child.pid ?? 0,
    ended,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

async function firstMessage(child: ChildProcess, ended: Promise<void>, name: string, home: Home): Promise<string> {
  const message = await Promise.race([once(child, 'message').then(([raw]) => childMessage.parse(raw)), ended.then(() => null)]);
  if (message?.kind === 'ready') return message.url;
  if (message?.kind === 'failed') {
    const { code, detail, next } = message.problem;
    throw new ProblemError(code, detail, next);
  }
  throw new ProblemError('internal', `The ${name} ended before it was ready.`, `Its log says why: ${join(home.logsDir, `${name}.log`)}`);
}
