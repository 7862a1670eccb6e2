import type { ClientHttp2Session } from 'node:http2';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import { ResponseValidationPlugin } from '@orpc/contract/plugins';
import { SESSION_RPC_PREFIX, sessionContract } from '../../contract/session-api.ts';
import { fetchOver } from './http2-fetch.ts';

export type WorkerClient = ContractRouterClient<typeof sessionContract>;

/** A proven, live connection to one worker. Everything that uses it ends with `signal`. */
export interface WorkerSession {
  readonly workerId: string;
  readonly publicKey: string;
  readonly sessionEpoch: number;
  readonly client: WorkerClient;
  readonly http2: ClientHttp2Session;
  readonly signal: AbortSignal;
  /** Ends the session. The first reason stays. */
  close(reason: string, cause?: unknown): void;
}

/** The worker's procedures over an HTTP/2 session. Whatever it answers is checked against the contract before anyone sees it. */
export function clientOver(http2: ClientHttp2Session): WorkerClient {
  return createORPCClient(
    new RPCLink({
      url: `http://worker${SESSION_RPC_PREFIX}`,
      fetch: fetchOver(http2),
      plugins: [new ResponseValidationPlugin(sessionContract)],
    }),
  );
}
