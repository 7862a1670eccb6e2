import { text } from 'node:stream/consumers';
import type { LeaseSpec } from '../../src/agent/sandbox/lease-spec.ts';
import { openSandbox } from '../../src/agent/sandbox/sandbox.ts';
import { createLogger } from '../../src/lib/log.ts';

/*
 * The sandbox as the agent uses it, on the worker's machine of the lab: a process of its own, since a network namespace belongs to a
 * process. Run as `node agent-side.ts <owner> <folder> <socket>` with an IPC channel; ends with it.
 */
export interface AgentSide {
  prepare(spec: LeaseSpec): Promise<void>;
  start(leaseId: string): Promise<number>;
  /** Waits until the job has ended; its log. */
  finish(leaseId: string): Promise<string>;
  wipe(leaseId: string): Promise<void>;
}

export interface Call {
  readonly id: number;
  readonly method: keyof AgentSide;
  readonly argument: LeaseSpec | string;
}

export interface Reply {
  readonly id: number;
  readonly value: unknown;
  /** Null where the call did what it should. */
  readonly problem: string | null;
}

const [, , owner = '', stateDir = '', socketPath = ''] = process.argv;
const never = new AbortController().signal;
const sandbox = openSandbox({ owner, stateDir, socketPath, logger: createLogger('lan', 'warn') });

const side: AgentSide = {
  prepare: (spec) => sandbox.prepare(spec, never, () => undefined),
  start: (leaseId) => sandbox.start(leaseId),
  finish: async (leaseId) => {
    await sandbox.waitForExit(leaseId, never);
    return text(sandbox.log(leaseId, never));
  },
  wipe: (leaseId) => sandbox.wipe(leaseId),
};

process.on('message', async ({ id, method, argument }: Call) => {
  const reply = (value: unknown, problem: string | null): void => void process.send?.({ id, value, problem } satisfies Reply);
  try {
    reply(await side[method](argument as never), null); // agent.ts gives each call what it takes
  } catch (error) {
    reply(null, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
});
process.once('disconnect', () => process.exit());
process.send?.('ready');
