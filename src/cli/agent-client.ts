import { join } from 'node:path';
import { createORPCClient, ORPCError } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { ProblemError, problem } from '../contract/model/problem.ts';
import { tokenProtocol, WORKER_WS_PATH, WORKER_WS_PROTOCOL, type WorkerState, type workerContract } from '../contract/worker-api.ts';
import { readTextIfPresent } from '../lib/files.ts';
import type { Home } from './home.ts';

export type AgentClient = ContractRouterClient<typeof workerContract>;

const uiAddress = z.object({ url: z.url(), token: z.string(), pid: z.int() });
export type UiAddress = z.infer<typeof uiAddress>;

/** Where the agent of this home answers, or null when it has never run. */
export function readUiAddress(home: Home): UiAddress | null {
  const text = readTextIfPresent(join(home.agentDir, 'ui.json'));
  return text === null ? null : uiAddress.parse(JSON.parse(text));
}

/** Connects to the agent of this home, runs `use`, and hangs up. */
export async function withAgent<T>(home: Home, use: (agent: AgentClient) => Promise<T>): Promise<T> {
  const address = readUiAddress(home);
  const away = (cause?: unknown): ProblemError =>
    new ProblemError(
      'not-found',
      `No Nightshift agent runs for ${home.root}.`,
      'Start it with `npm start`, or name its folder with --home.',
      { cause },
    );
  if (!address) throw away();
  const url = new URL(WORKER_WS_PATH, address.url);
  url.protocol = 'ws:';
  const socket = new WebSocket(url, [WORKER_WS_PROTOCOL, tokenProtocol(address.token)]);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', (error) => reject(away(error)));
  });
  try {
    // ws has the browser's WebSocket interface but for the type of its events
    return await use(createORPCClient(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket })));
  } catch (error) {
    const said = error instanceof ORPCError ? problem.safeParse(error.data) : null;
    if (said?.success) throw new ProblemError(said.data.code, said.data.detail, said.data.next, { cause: error });
    if (error instanceof ORPCError && error.code === 'BAD_REQUEST') throw refused(error);
    throw error;
  } finally {
    socket.close();
  }
}

/** What the contract itself does not allow, such as an address that is none, with the first reason it gives. */
function refused(error: ORPCError<string, unknown>): ProblemError {
  const [issue] = invalidInput.safeParse(error.data).data?.issues ?? [];
  const where = issue?.path?.join('.') ?? '';
  return new ProblemError(
    'invalid-request',
    `The agent does not take this${where === '' ? '' : ` ${where}`}: ${issue?.message ?? error.message}.`,
    'Correct it and run the command again; --help shows what belongs there.',
    { cause: error },
  );
}

const invalidInput = z.object({
  issues: z.array(z.object({ message: z.string(), path: z.array(z.union([z.string(), z.number()])).optional() })),
});

/** The agent's whole state, now and after each change, until the signal fires. */
export async function* watchState(agent: AgentClient, signal?: AbortSignal): AsyncGenerator<WorkerState, void, void> {
  let state: WorkerState | null = null;
  for await (const frame of await agent.state.watch(undefined, signal ? { signal } : {})) {
    if (frame.kind === 'snapshot') state = frame.state;
    // Only slices that changed are there, and each is whole.
    else if (state) state = { ...state, ...(frame.slices as Partial<WorkerState>) } as WorkerState;
    if (state) yield state;
  }
}

export async function readState(agent: AgentClient): Promise<WorkerState> {
  for await (const state of watchState(agent)) return state;
  throw new Error('the agent sent no state');
}
