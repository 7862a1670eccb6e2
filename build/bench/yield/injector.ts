import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs, serveHelper } from './helper-process.ts';
import { openXClient, type XClient, type XWindow } from './x-client.ts';

/*
 * The owner, as a process of its own: presses keys, moves the mouse, starts a program, opens a window over the whole screen. Each answer is the time
 * on CLOCK_MONOTONIC just before the system was asked for the event.
 */

/** How long a finger holds a key down. */
const HELD_MS = 10;

const displays = new Map<string, XClient>();
let program: ChildProcess | null = null;
let window: XWindow | null = null;
let staying: AbortController | null = null;

function at(display: string): XClient {
  const open = displays.get(display) ?? openXClient(display);
  displays.set(display, open);
  return open;
}

function typeKey(client: XClient): number {
  const askedMs = monotonicMs();
  client.pressKey();
  setTimeout(() => client.releaseKey(), HELD_MS);
  return askedMs;
}

function moveMouse(client: XClient): number {
  const askedMs = monotonicMs();
  client.movePointer();
  return askedMs;
}

const calls = {
  async input(display: string, kind: 'key' | 'mouse', afterMs: number): Promise<number> {
    const client = at(display);
    await sleep(afterMs);
    return kind === 'key' ? typeKey(client) : moveMouse(client);
  },
  /** The owner types and moves the mouse from now on until `leave`. The time of the first event. */
  stay(display: string, everyMs: number): number {
    const client = at(display);
    const controller = new AbortController();
    staying = controller;
    const firstMs = typeKey(client);
    void (async () => {
      for (let count = 0; !controller.signal.aborted; count++) {
        await sleep(everyMs);
        if (count % 2 === 0) moveMouse(client);
        else typeKey(client);
      }
    })();
    return firstMs;
  },
  leave(): void {
    staying?.abort();
    staying = null;
  },
  startProgram(path: string): number {
    const askedMs = monotonicMs();
    program = spawn(path, ['60'], { stdio: 'ignore' });
    return askedMs;
  },
  async endProgram(): Promise<void> {
    const running = program;
    program = null;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const exit = once(running, 'exit');
    running.kill('SIGKILL');
    await exit;
  },
  openWindow(display: string): number {
    window = at(display).createFullscreenWindow();
    const askedMs = monotonicMs();
    window.map();
    return askedMs;
  },
  closeWindow(): void {
    window?.destroy();
    window = null;
  },
};
export type InjectorCalls = typeof calls;

process.once('exit', () => program?.kill('SIGKILL'));
process.once('SIGTERM', () => process.exit());
serveHelper(calls);
