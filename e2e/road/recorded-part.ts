import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RecordedMachine } from '../../src/agent/hardware/testing/recorded-machine.ts';
import { readUiAddress } from '../../src/cli/agent-client.ts';
import type { StartAgent } from './machine.ts';

const PROGRAM = fileURLToPath(new URL('../web/recorded-agent-child.ts', import.meta.url));
const STOP_MS = 20_000;

/** An agent like any other, in a process of its own, that finds the hardware of a recorded machine. */
export const onRecordedHardware =
  ({ root, nvmlLibrary }: RecordedMachine): StartAgent =>
  async (home) => {
    const child = fork(PROGRAM, [home.root, root, nvmlLibrary], { execArgv: [] });
    const ended = once(child, 'exit').then(() => undefined);
    const ready = await Promise.race([once(child, 'message'), ended]);
    const address = readUiAddress(home);
    if (ready === undefined || address === null) throw new Error(`the agent on ${root} did not start`);
    return {
      name: 'agent',
      url: address.url,
      pid: child.pid ?? 0,
      ended,
      async stop() {
        if (child.connected) child.disconnect();
        const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
        await ended;
        clearTimeout(timer);
      },
    };
  };
