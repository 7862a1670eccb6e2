import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** An X server without a screen, of our own. */
export interface Display extends AsyncDisposable {
  /** As DISPLAY has it, `:7`. */
  readonly name: string;
}

/** A window manager is up within this; it has no way to say so that the client could wait for. */
const MANAGER_STARTS_MS = 1_000;

/** Starts Xvfb on a free display number, with a window manager where programs are to open over the whole screen. */
export async function startDisplay(options: { readonly windowManager: boolean }): Promise<Display> {
  // -noreset: else the server forgets everything each time its last client leaves
  const server = spawn('Xvfb', ['-noreset', '-nolisten', 'tcp', '-screen', '0', '1280x720x24', '-displayfd', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    detached: true,
  });
  await once(server, 'spawn');
  const told = server.stdio[3];
  if (!told) throw new Error('Xvfb has no pipe to tell its display number');
  const number = await Promise.race([
    once(told, 'data').then(([chunk]) => String(chunk).trim()),
    once(server, 'exit').then(() => Promise.reject(new Error('Xvfb ended before it was ready'))),
  ]);
  const name = `:${number}`;
  const manager = options.windowManager
    ? spawn('openbox', ['--sm-disable'], { env: { ...process.env, DISPLAY: name }, stdio: 'ignore', detached: true })
    : null;
  if (manager) {
    await once(manager, 'spawn');
    await sleep(MANAGER_STARTS_MS);
  }
  return {
    name,
    async [Symbol.asyncDispose]() {
      if (manager) await end(manager);
      await end(server);
    },
  };
}

/** Ends a program and waits for it. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exit;
  clearTimeout(timer);
}
