import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { systemClock } from '../../lib/clock.ts';
import { delay } from '../../lib/delay.ts';
import { readTextIfPresent } from '../../lib/files.ts';
import { systemFolders } from './engine-facts.ts';
import type { EngineProbe } from './engine-plan.ts';

const startTimeoutMs = 60_000;
const pollMs = 200;
/** dockerd gives its containers 15 s to stop (its --shutdown-timeout). */
const stopTimeoutMs = 20_000;

export type DaemonStart =
  | { readonly kind: 'answers'; readonly version: string; readonly daemon: AsyncDisposable }
  | { readonly kind: 'failed'; readonly detail: string };

const systemError = z.object({ code: z.string() });

/** Whether a process (positive id) or process group (negative id) took the signal; false when there is none. */
function trySignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (systemError.parse(error).code === 'ESRCH') return false;
    throw error;
  }
}

/** By the name the kernel keeps (proc(5), comm). */
const isDockerd = (pid: number): boolean => readTextIfPresent(`/proc/${pid}/comm`)?.trim() === 'dockerd';

/** Stops a process: SIGTERM, and SIGKILL when it is still there after 20 s. */
async function stopProcess(pid: number, isGone: () => boolean): Promise<void> {
  if (isGone() || !trySignal(pid, 'SIGTERM')) return;
  const never = new AbortController().signal;
  const deadlineMs = systemClock.monotonicMs() + stopTimeoutMs;
  while (!isGone() && systemClock.monotonicMs() < deadlineMs) await delay(pollMs, never);
  if (!isGone()) trySignal(pid, 'SIGKILL');
}

/** Waits until the engine answers. `failed` carries the last thing it said. Rejects when aborted. */
export async function waitForEngine(
  probe: () => Promise<EngineProbe>,
  signal: AbortSignal,
  isGone: () => boolean = () => false,
): Promise<Extract<EngineProbe, { kind: 'ready' }> | { readonly kind: 'failed'; readonly detail: string }> {
  const deadlineMs = systemClock.monotonicMs() + startTimeoutMs;
  let last: EngineProbe = { kind: 'absent' };
  while (systemClock.monotonicMs() < deadlineMs) {
    last = await probe();
    if (last.kind === 'ready') return last;
    if (isGone()) return { kind: 'failed', detail: 'The container engine ended while it started.' };
    await delay(pollMs, signal);
    signal.throwIfAborted();
  }
  const said = last.kind === 'failed' ? last.detail : last.kind;
  return { kind: 'failed', detail: `The container engine did not answer within ${startTimeoutMs / 1000} s (${said}).` };
}

/**
 * Starts `dockerd` as our own child, in a process group of its own so that Ctrl-C does not reach it before its containers are closed,
 * with its output in a private file. It is stopped by the daemon's disposal, and when starting fails or is aborted (then rejects).
 */
export async function startDockerd(
  program: string,
  args: readonly string[],
  probe: () => Promise<EngineProbe>,
  signal: AbortSignal,
): Promise<DaemonStart> {
  signal.throwIfAborted();
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-dockerd-'));
  const logPath = join(folder, 'dockerd.log');
  const log = openSync(logPath, 'wx', 0o600);
  const PATH = [process.env.PATH, ...systemFolders].join(delimiter); // where it looks for iptables
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], env: { ...process.env, PATH } });
  closeSync(log);
  let isGone = false;
  child.once('exit', () => {
    isGone = true;
  });
  child.once('error', () => {
    isGone = true;
  });
  child.unref();
  const daemon: AsyncDisposable = {
    [Symbol.asyncDispose]: async () => {
      if (child.pid !== undefined) await stopProcess(child.pid, () => isGone);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    const answer = await waitForEngine(probe, signal, () => isGone);
    signal.throwIfAborted();
    if (answer.kind === 'ready') return { kind: 'answers', version: answer.version, daemon };
    const tail = readFileSync(logPath, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
    await daemon[Symbol.asyncDispose]();
    return { kind: 'failed', detail: `${answer.detail} It wrote:\n${tail}` };
  } catch (error) {
    await daemon[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * The daemon whose id is in a pid file, for one that an installation started in our stead; null when none runs. The file outlives a machine or
 * container that went down, and its id may be another program's by now: that one is left alone.
 */
export function daemonOfPidFile(pidFile: string | null): AsyncDisposable | null {
  const pid = Number.parseInt(pidFile ?? '', 10);
  if (!Number.isSafeInteger(pid) || pid <= 1 || !trySignal(pid, 0) || !isDockerd(pid)) return null;
  return { [Symbol.asyncDispose]: () => stopProcess(pid, () => !trySignal(pid, 0)) };
}
