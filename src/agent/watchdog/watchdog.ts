import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensurePrivateDir } from '../../lib/files.ts';
import type { Logger } from '../../lib/log.ts';
import { END_MS, firedName, LEAVE } from './handover.ts';

export interface WatchdogOptions {
  readonly dataDir: string;
  /** Value of the owner label: no other containers are ended. */
  readonly owner: string;
  readonly socketPath: string;
  readonly logger: Logger;
}

export interface Watchdog extends AsyncDisposable {
  /** No container of ours is left that this agent knows of: the watchdog may go when it is disposed. */
  mayLeave(): void;
}

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const RESTART_MS = 1_000;
const LOOK_MS = 20;

/**
 * A shell waits for the agent's end, being 1 MB where Node is 45 MB, and only then becomes the program. The end of a process closes its
 * pipes, however it ended; one that closes in order says so first.
 */
const WAIT = `read -r word; [ "$word" = ${LEAVE} ] || exec "$@" </dev/null`;

/**
 * Starts the process that ends this worker's containers within 5 s of the agent's death, and takes over from the watchdog of an agent that
 * died: containers then belong to this agent. Each watchdog has a claim, a file; who removes it first, the watchdog or a new agent, decides.
 * One that was quicker is waited for, so that nothing is adopted which it is about to end. Disposing lets the watchdog leave once `mayLeave` was said; otherwise it does its work.
 */
export async function startWatchdog({ dataDir, owner, socketPath, logger }: WatchdogOptions): Promise<Watchdog> {
  const folder = ensurePrivateDir(join(dataDir, 'watchdog'));
  const left = readdirSync(folder);
  const claim = join(folder, randomUUID());
  writeFileSync(claim, '');
  let closing = false;
  let restart: NodeJS.Timeout | undefined;

  function begin(): ChildProcess {
    const run = [process.execPath, MAIN, claim, socketPath, owner];
    const [program = '', ...args] =
      process.platform === 'win32' ? [...run, 'listen'] : ['/bin/sh', '-c', WAIT, 'nightshift-watchdog', ...run];
    const child = spawn(program, args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/', windowsHide: true });
    child.unref();
    child.stdin?.on('error', (error) => logger.debug({ error }, 'the watchdog is gone')); // its exit is noticed below
    child.on('error', (error) => logger.error({ error }, 'no watchdog: if Nightshift is killed, its job goes on until the next start'));
    child.on('exit', () => {
      if (closing) return;
      logger.warn('the watchdog ended; another one is started');
      restart = setTimeout(() => {
        watching = begin();
      }, RESTART_MS).unref();
    });
    return child;
  }
  let watching = begin();

  // Only now, so that at every moment somebody watches.
  for (const claimLeft of new Set(left.map((name) => name.replace(/\.fired$/, '')))) await takeOver(join(folder, claimLeft));

  let leaves = false;
  return {
    mayLeave() {
      leaves = true;
    },
    async [Symbol.asyncDispose]() {
      closing = true;
      clearTimeout(restart);
      if (!leaves) {
        watching.stdin?.end(); // as if the agent had died: a start that failed may have taken over containers, an engine may hide some
        return;
      }
      if (watching.pid !== undefined && watching.exitCode === null && watching.signalCode === null) {
        const ended = once(watching, 'exit');
        watching.stdin?.end(`${LEAVE}\n`);
        await ended;
      }
      rmSync(claim, { force: true });
    },
  };
}

async function takeOver(claim: string): Promise<void> {
  rmSync(claim, { force: true });
  const fired = firedName(claim);
  for (const deadlineMs = performance.now() + END_MS; existsSync(fired) && performance.now() < deadlineMs; ) await sleep(LOOK_MS);
  rmSync(fired, { force: true }); // its watchdog has given up, or died
}
