import { spawn } from 'node:child_process';
import { z } from 'zod';

const isWindows = process.platform === 'win32';
const graceMs = 15_000;
const systemError = z.object({ code: z.string() });

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(isWindows ? pid : -pid, signal);
  } catch (error) {
    const { code } = systemError.parse(error);
    // Gone already: ESRCH, and EPERM on macOS while the group's last member waits to be reaped.
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/**
 * Runs a program with our output as its output, in a process group of its own. The signal terminates the group (SIGTERM, after 15 s
 * SIGKILL), and what a finished program left behind in its group is killed. Resolves to its exit code, 1 when a signal ended it.
 */
export async function runChild(program: string, args: readonly string[], env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], env, detached: !isWindows });
  let killer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    const { pid } = child;
    if (pid === undefined) return;
    signalGroup(pid, 'SIGTERM');
    killer = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    signal.removeEventListener('abort', stop);
    clearTimeout(killer);
    if (child.pid !== undefined && !isWindows) signalGroup(child.pid, 'SIGKILL');
  }
}
