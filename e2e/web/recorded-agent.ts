import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RecordedMachine, type RecordingName, recordedMachine } from '../../src/agent/hardware/testing/recorded-machine.ts';
import { readState, readUiAddress, withAgent } from '../../src/cli/agent-client.ts';
import { openHome } from '../../src/cli/home.ts';
import type { WorkerState } from '../../src/contract/worker-api.ts';

/** A real agent that finds the hardware of a recorded machine, in a process of its own, with neither an engine nor a network. */
export interface RecordedAgent extends AsyncDisposable {
  readonly hardware: RecordedMachine;
  /** The address that opens its page. */
  readonly address: string;
  state(): Promise<WorkerState>;
}

const STOP_MS = 10_000;

export async function startRecordedAgent(name: RecordingName, env: Readonly<Record<string, string>> = {}): Promise<RecordedAgent> {
  await using starting = new AsyncDisposableStack();
  const hardware = starting.use(await recordedMachine(name));
  const home = openHome(mkdtempSync(join(tmpdir(), 'nightshift-e2e-recorded-')));
  starting.defer(() => rmSync(home.root, { recursive: true, force: true }));
  const child = fork(join(import.meta.dirname, 'recorded-agent-child.ts'), [home.root, hardware.root, hardware.nvmlLibrary], {
    execArgv: [],
    env: { ...process.env, DOCKER_HOST: 'unix:///nonexistent.sock', WAYLAND_DISPLAY: '/nowhere/wayland-0', ...env },
  });
  const ended = once(child, 'exit');
  starting.defer(async () => {
    child.disconnect();
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  });
  await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => {
      throw new Error(`the agent on ${name} ended with ${code}`);
    }),
  ]);
  const address = readUiAddress(home);
  if (address === null) throw new Error('the agent wrote no address');
  const parts = starting.move();
  return {
    hardware,
    address: `${address.url}/#token=${address.token}`,
    state: () => withAgent(home, readState),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
