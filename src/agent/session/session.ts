import { randomBytes } from 'node:crypto';
import http2 from 'node:http2';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BodyLimitPlugin, RPCHandler } from '@orpc/server/node';
import { createWebSocketStream, WebSocket } from 'ws';
import { ProblemError } from '../../contract/model/problem.ts';
import { SESSION_PATH, SESSION_RPC_PREFIX } from '../../contract/session-api.ts';
import type { SessionState } from '../../contract/worker-api.ts';
import { fullJitterMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import { delay } from '../../lib/delay.ts';
import type { Enrolment } from '../store/enrolment-row.ts';
import { createSessionRouter, type SessionContext, type SessionDeps } from './session-router.ts';

const RETRY_BASE_MS = 250;
const RETRY_CAP_MS = 60_000;
const HANDSHAKE_MS = 15_000;
/** The gateway pings every 5 s; three missed and the path is dead. */
const SILENCE_MS = 20_000;
/** A session that broke sooner has not worked: the next tries wait longer and longer. */
const STEADY_MS = 1_000;
/** A grant with the longest command and environment is under 1 MiB. */
const MAX_CALL_BYTES = 2 * 2 ** 20;
/** One WebSocket message is one write of the gateway's HTTP/2 session. */
const MAX_MESSAGE_BYTES = 32 * 2 ** 20;

export interface DialDeps extends SessionDeps {
  readonly clock: Clock;
  readonly show: (state: SessionState) => void;
}

/** Keeps a session with the network up, for ever: dials out, serves HTTP/2 on the stream with the roles reversed, and dials again when it ends. */
export async function keepSession(deps: DialDeps, enrolment: Enrolment, signal: AbortSignal): Promise<void> {
  const handler = new RPCHandler(createSessionRouter(deps), { plugins: [new BodyLimitPlugin({ maxBodySize: MAX_CALL_BYTES })] });
  let attempt = 0;
  while (!signal.aborted) {
    deps.show({ kind: 'connecting', networkUrl: enrolment.networkUrl });
    let onlineSinceMs = Number.POSITIVE_INFINITY;
    const ended = await dial(deps, handler, enrolment, signal, () => {
      onlineSinceMs = deps.clock.monotonicMs();
    });
    if (deps.clock.monotonicMs() - onlineSinceMs >= STEADY_MS) attempt = 0;
    if (signal.aborted) return;
    const waitMs = fullJitterMs(attempt, Math.random(), RETRY_BASE_MS, RETRY_CAP_MS);
    attempt += 1;
    deps.logger.info({ reason: ended, waitMs: Math.round(waitMs) }, 'not connected to the network');
    deps.show({ kind: 'offline', networkUrl: enrolment.networkUrl, detail: ended, retryAtMs: Math.round(deps.clock.nowMs() + waitMs) });
    await delay(waitMs, signal);
  }
}

/** One session from dialling to its end. Resolves with why it ended, one sentence. */
async function dial(
  deps: DialDeps,
  handler: RPCHandler<SessionContext>,
  enrolment: Enrolment,
  signal: AbortSignal,
  onOnline: () => void,
): Promise<string> {
  const url = new URL(SESSION_PATH, enrolment.networkUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.searchParams.set('worker', enrolment.workerId);
  const socket = new WebSocket(url, { perMessageDeflate: false, handshakeTimeout: HANDSHAKE_MS, maxPayload: MAX_MESSAGE_BYTES });
  const closing = new AbortController();
  const onAbort = (): void => socket.terminate();
  signal.addEventListener('abort', onAbort);
  let reason = `The connection to the network at ${enrolment.networkUrl} ended.`;
  let silence: NodeJS.Timeout | undefined;
  let proving: NodeJS.Timeout | undefined;
  const heard = (): void => {
    clearTimeout(silence);
    silence = setTimeout(() => socket.terminate(), SILENCE_MS);
  };
  const context: SessionContext = {
    enrolment,
    workerNonce: randomBytes(24).toString('base64url'),
    closed: closing.signal,
    trust: { proved: false, sentSeq: 0 },
    onAccepted(sessionEpoch) {
      onOnline();
      deps.show({
        kind: 'online',
        networkUrl: enrolment.networkUrl,
        networkName: enrolment.network.name,
        sessionEpoch,
        sinceMs: deps.clock.nowMs(),
      });
    },
  };
  const server = http2.createServer((request, response) => {
    serve(deps, handler, context, request, response).catch((error: unknown) => {
      // The network hangs up on a stream when it has what it wants.
      if (request.stream.destroyed || request.stream.closed)
        return deps.logger.debug({ path: request.url, error }, 'the network hung up on a stream');
      deps.logger.warn({ path: request.url, error }, 'a call of the network failed');
      if (!response.headersSent) response.writeHead(error instanceof ProblemError ? error.problem.status : 500);
      response.end();
    });
  });
  server.on('sessionError', (error) => deps.logger.debug({ error }, 'session error'));
  socket.on('error', (error) => {
    reason = `The network at ${enrolment.networkUrl} cannot be reached (${faultOf(error)}).`;
  });
  socket.on('open', () => {
    heard();
    proving = setTimeout(() => {
      if (!context.trust.proved) socket.terminate();
    }, HANDSHAKE_MS);
    const stream = createWebSocketStream(socket);
    stream.on('error', (error) => deps.logger.debug({ error }, 'session stream ended'));
    // Destroyed, never ended: Node's JSStreamSocket dies of an assertion when the HTTP/2 session writes after the stream's orderly end.
    socket.prependOnceListener('close', () => stream.destroy());
    server.on('session', (session) =>
      session.on('goaway', () => {
        session.destroy();
        socket.terminate();
      }),
    );
    server.emit('connection', stream);
  });
  socket.on('ping', heard);
  await new Promise<void>((resolve) => socket.on('close', () => resolve()));
  clearTimeout(silence);
  clearTimeout(proving);
  closing.abort();
  server.close();
  signal.removeEventListener('abort', onAbort);
  return reason;
}

const faultOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : error.message);

const LEASE_STREAM = /^\/leases\/([A-Za-z0-9_-]+)\/(inputs|log|artifacts|checkpoint)$/;

async function serve(
  deps: DialDeps,
  handler: RPCHandler<SessionContext>,
  context: SessionContext,
  request: http2.Http2ServerRequest,
  response: http2.Http2ServerResponse,
): Promise<void> {
  const url = URL.parse(request.url, 'http://worker');
  const stream = url && LEASE_STREAM.exec(url.pathname);
  if (!stream) {
    const { matched } = await handler.handle(request, response, { prefix: SESSION_RPC_PREFIX, context });
    if (!matched) response.writeHead(404).end();
    return;
  }
  const [, leaseId = '', what] = stream;
  if (!context.trust.proved) {
    response.writeHead(403).end();
  } else if (what === 'inputs' && request.method === 'PUT') {
    await deps.leases.receiveInputs(leaseId, request);
    response.writeHead(204).end();
  } else if (what === 'checkpoint' && request.method === 'PUT') {
    await deps.leases.receiveCheckpoint(leaseId, request);
    response.writeHead(204).end();
  } else if (what === 'log' && request.method === 'GET') {
    const offset = Number(url.searchParams.get('offset') ?? '0');
    const hungUp = new AbortController();
    response.once('close', () => hungUp.abort());
    const ended = AbortSignal.any([context.closed, hungUp.signal]);
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    await pipeline(Readable.from(deps.leases.readLog(leaseId, Number.isSafeInteger(offset) && offset >= 0 ? offset : 0, ended)), response);
  } else if ((what === 'artifacts' || what === 'checkpoint') && request.method === 'GET') {
    const archive = what === 'artifacts' ? deps.leases.readArtifacts(leaseId) : deps.leases.readCheckpoint(leaseId);
    response.writeHead(200, { 'content-type': 'application/x-tar' });
    await pipeline(archive, response);
  } else {
    response.writeHead(405).end();
  }
}
