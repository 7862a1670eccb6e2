import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';

/* A real X server for tests. Debian packages: xvfb, xdotool. */

export interface XServer {
  /** As in DISPLAY. */
  readonly display: string;
  /** Acts as a person at this display does. */
  xdotool(...args: readonly string[]): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** Starts one that accepts connections when this returns. Give the display of a stopped one to bring that back. */
export async function startXServer(options: { readonly display?: string; readonly authFile?: string } = {}): Promise<XServer> {
  const args = ['-noreset', '-nolisten', 'tcp', '-screen', '0', '1280x800x24', '-displayfd', '3'];
  if (options.authFile) args.push('-auth', options.authFile);
  if (options.display) args.push(options.display);
  const child = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const ready = child.stdio[3];
  if (!(ready instanceof Readable)) throw new Error('Xvfb has no pipe to say its display on');
  const [number] = await once(createInterface(ready), 'line');
  const display = `:${number}`;
  return {
    display,
    async xdotool(...words) {
      await promisify(execFile)('xdotool', words, { env: { ...process.env, DISPLAY: display } });
    },
    signal: (signal) => {
      child.kill(signal);
    },
    stop: () => endProcess(child),
  };
}

/** Kills a process, a stopped one too, and waits for its end. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
