import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { ZodError } from 'zod';
import type { StoreApi } from 'zustand';
import { type StateFrame, stateFrame, tokenProtocol, WORKER_WS_PATH, WORKER_WS_PROTOCOL } from '../../src/contract/worker-api.ts';
import { followState } from './follow-state.ts';
import type { WorkerClient, WorkerStore } from './store.ts';

/** The agent closes with it when the token is wrong. */
const WRONG_TOKEN = 4401;
/** The agent is on this machine: a short cap costs nothing and the page is back soon after a restart. */
const RETRY_BASE_MS = 250;
const RETRY_CAP_MS = 4_000;

type SessionEnd = 'lost' | 'refused' | 'outdated';

/** Keeps the store connected to the agent until disposed. */
export function connect(host: string, token: string, store: StoreApi<WorkerStore>): Disposable {
  const stop = new AbortController();
  void keepConnected(`ws://${host}${WORKER_WS_PATH}`, token, store, stop.signal);
  return { [Symbol.dispose]: () => stop.abort() };
}

async function keepConnected(url: string, token: string, store: StoreApi<WorkerStore>, signal: AbortSignal): Promise<void> {
  let attempt = 0;
  while (!signal.aborted) {
    const end = await session(url, token, store, signal, () => {
      attempt = 0;
    });
    if (signal.aborted) return;
    if (end !== 'lost') {
      store.setState({ connection: { kind: end } });
      return;
    }
    const { connection } = store.getState();
    if (connection.kind !== 'lost') store.setState({ connection: { kind: 'lost', sinceMs: Date.now() } });
    // At least half of the step: full jitter alone may hammer an agent that is starting.
    const stepMs = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(attempt, 10));
    await wait(stepMs * (0.5 + Math.random() / 2), signal);
    attempt += 1;
  }
}

/** One WebSocket from opening to its end. */
async function session(
  url: string,
  token: string,
  store: StoreApi<WorkerStore>,
  signal: AbortSignal,
  onLive: () => void,
): Promise<SessionEnd> {
  const socket = new WebSocket(url, [WORKER_WS_PROTOCOL, tokenProtocol(token)]);
  const closed = new Promise<SessionEnd>((resolve) => {
    socket.addEventListener('close', (event) => resolve(event.code === WRONG_TOKEN ? 'refused' : 'lost'), { once: true });
  });
  const close = (): void => socket.close();
  signal.addEventListener('abort', close);

  const client: WorkerClient = createORPCClient(new RPCLink({ websocket: socket }));
  const following = followState(
    () => watch(client),
    (held) => {
      if (store.getState().connection.kind === 'live') store.setState({ held });
      else store.setState({ held, connection: { kind: 'live', client } });
      onLive();
    },
  ).then(
    (): SessionEnd => 'lost',
    (error: unknown): SessionEnd => (error instanceof ZodError ? 'outdated' : 'lost'),
  );
  try {
    return await Promise.race([closed, following]);
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}

async function watch(client: WorkerClient): Promise<AsyncIterable<StateFrame>> {
  const frames = await client.state.watch();
  return (async function* () {
    for await (const frame of frames) yield stateFrame.parse(frame);
  })();
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
