import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { OpenAPIHandler } from '@orpc/openapi/node';
import { implement } from '@orpc/server';
import { createWebSocketStream, WebSocketServer } from 'ws';
import * as z from 'zod';
import { cloudContract } from '../../src/contract/cloud-api.ts';
import { helloProof, SESSION_PATH, SESSION_RPC_PREFIX, signatureContext } from '../../src/contract/session-api.ts';
import { newPrivateKeyPem, openSigner, type Signer } from '../../src/lib/signing.ts';

export interface Answer {
  /** Null: the worker ended the stream before it had heard all of it. */
  readonly status: number | null;
  readonly text: string;
}

/** A network that a worker has enrolled with in good faith, and which then says whatever the test says, with its own genuine signature. */
export interface HostileNetwork extends AsyncDisposable {
  readonly url: string;
  readonly workerId: string;
  readonly signer: Signer;
  /** Resolves when a worker has dialled and both have proved themselves. */
  readonly online: Promise<void>;
  /** How often the worker has dialled: more than once where a message ended its session. */
  dialled(): number;
  /** One HTTP/2 request inside the worker's session, whatever it is. */
  ask(method: string, path: string, body: string | Buffer, contentType?: string): Promise<Answer>;
  /** A procedure with this input, unchecked. */
  call(procedure: string, input: unknown): Promise<Answer>;
}

const NETWORK_ID = 'net_hostile';
const ANSWER_MS = 20_000;

export async function startHostileNetwork(): Promise<HostileNetwork> {
  const signer = openSigner(newPrivateKeyPem());
  const workerId = 'worker_1';
  const network = {
    id: NETWORK_ID,
    name: 'hostile',
    version: '0',
    publicKey: signer.publicKey,
    currency: 'TEST',
    takeRateBasisPoints: 2_000,
    holdbackMs: 0,
  } as const;
  const enrol = implement(cloudContract.workers.enrol).handler(() => ({ workerId, network }));
  const api = new OpenAPIHandler({ enrol });
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    api.handle(request, response).then(
      ({ matched }) => void (matched || response.writeHead(404).end()),
      () => response.destroy(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const online = Promise.withResolvers<void>();
  let session: http2.ClientHttp2Session | null = null;
  let dials = 0;

  const ask = async (method: string, path: string, body: string | Buffer, contentType = 'application/json'): Promise<Answer> => {
    if (session === null) throw new Error('no worker has dialled');
    const stream = session.request(
      { ':method': method, ':path': path, 'content-type': contentType },
      { signal: AbortSignal.timeout(ANSWER_MS), endStream: body.length === 0 },
    );
    const heard = Promise.all([once(stream, 'response'), buffer(stream)]);
    if (body.length > 0) stream.end(body);
    try {
      const [[headers], bytes] = await heard;
      return { status: z.looseObject({ ':status': z.int() }).parse(headers)[':status'], text: bytes.toString('utf8') };
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ERR_HTTP2_STREAM_ERROR')
        return { status: null, text: error.message };
      throw error;
    }
  };
  const call = (procedure: string, input: unknown): Promise<Answer> =>
    ask('POST', `${SESSION_RPC_PREFIX}/${procedure}`, JSON.stringify({ json: input }));

  async function shakeHands(): Promise<void> {
    const { text } = await call('hello', { networkId: NETWORK_ID, networkNonce: 'nonce' });
    const { proof } = z.object({ json: z.object({ proof: helloProof }) }).parse(JSON.parse(text)).json;
    const accepted = { workerId, workerNonce: proof.workerNonce, sessionEpoch: dials };
    await call('accepted', { accepted, networkSignature: signer.sign(signatureContext.accepted, accepted) });
  }

  server.on('upgrade', (request, socket, head) => {
    if (!request.url?.startsWith(SESSION_PATH)) return void socket.destroy();
    sockets.handleUpgrade(request, socket, head, (ws) => {
      dials += 1;
      const duplex = createWebSocketStream(ws);
      duplex.on('error', () => ws.terminate());
      ws.prependOnceListener('close', () => duplex.destroy()); // see gateway.ts
      session = http2.connect('http://worker', { createConnection: () => duplex });
      session.on('error', () => ws.terminate());
      shakeHands().then(online.resolve, online.reject);
    });
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // listens on a port
    workerId,
    signer,
    online: online.promise,
    dialled: () => dials,
    ask,
    call,
    async [Symbol.asyncDispose]() {
      session?.destroy();
      for (const each of sockets.clients) each.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
