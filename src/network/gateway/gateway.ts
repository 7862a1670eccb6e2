import type { IncomingMessage, Server } from 'node:http';
import http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import { SESSION_PATH } from '../../contract/session-api.ts';
import type { Clock } from '../../lib/clock.ts';
import {
  HANDSHAKE_TIMEOUT_MS,
  HTTP2_WINDOW_BYTES,
  MAX_SESSION_MESSAGE_BYTES,
  PEER_SILENCE_LIMIT_MS,
  PING_INTERVAL_MS,
} from '../constants.ts';
import { requestPath } from '../http/request-path.ts';
import type { NetworkIdentity } from '../identity.ts';
import type { WorkerRow } from '../store/schema.ts';
import { type AttendRoom, attend } from './attend.ts';
import { shakeHands } from './handshake.ts';
import { clientOver, type WorkerSession } from './session.ts';

/** Takes in the workers that dial the HTTP server, one HTTP/2 client in each of their WebSockets. */
export function openGateway(server: Server, network: NetworkIdentity, room: AttendRoom): AsyncDisposable {
  const { db, sessions, logger } = room;
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_SESSION_MESSAGE_BYTES });
  const serving = new Set<Promise<void>>();
  const closing = new AbortController();

  const refuse = (socket: Duplex, status: string): void => {
    // Not left to the peer to close: Node's HTTP sockets stay half open, and our own end would wait for it.
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
  };
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', (error) => logger.debug({ err: error }, 'a socket failed before its session'));
    const { pathname, query } = requestPath(request);
    if (pathname !== SESSION_PATH) {
      refuse(socket, '404 Not Found');
      return;
    }
    const admit = async (): Promise<void> => {
      const worker = await db
        .selectFrom('workers')
        .selectAll()
        .where('id', '=', query.get('worker') ?? '')
        .executeTakeFirst();
      if (!worker) return refuse(socket, '401 Unauthorized');
      if (closing.signal.aborted) return refuse(socket, '503 Service Unavailable');
      sockets.handleUpgrade(request, socket, head, (ws) => {
        const served = serve(ws, worker).finally(() => serving.delete(served));
        serving.add(served);
      });
    };
    admit().catch((error: unknown) => {
      logger.error({ err: error }, 'could not admit a worker');
      refuse(socket, '500 Internal Server Error');
    });
  };

  /** From the handshake to the end of one connection. Never rejects: what ends a session is logged, and ends nothing else. */
  async function serve(ws: WebSocket, worker: WorkerRow): Promise<void> {
    const ended = new AbortController();
    const log = logger.child({ workerId: worker.id });
    const close = (reason: string, cause?: unknown): void => ended.abort(new Error(reason, { cause }));
    const onClosing = (): void => close('the network is shutting down');
    closing.signal.addEventListener('abort', onClosing);

    const duplex = createWebSocketStream(ws);
    duplex.on('error', (error) => close(error.message));
    // Before ws ends the stream in good order: Node's JSStreamSocket would then shut down its writable side, and the next frame of
    // the HTTP/2 session (a reset of an open stream) dies of an internal assertion (Node 24.21, internal/js_stream_socket doWrite).
    ws.prependOnceListener('close', () => {
      duplex.destroy();
      close('the worker hung up');
    });
    const client = http2.connect('http://worker', {
      createConnection: () => duplex,
      settings: { enablePush: false, initialWindowSize: HTTP2_WINDOW_BYTES },
    });
    client.once('connect', () => client.setLocalWindowSize(HTTP2_WINDOW_BYTES));
    client.on('error', (error) => close(error.message));
    client.once('close', () => close('the worker closed the session'));
    // The transport goes at once: whatever still reads from it then fails, and nobody waits for a stream that will not end.
    ended.signal.addEventListener('abort', () => {
      duplex.destroy();
      client.destroy();
      ws.terminate();
    });
    const pinger = keepAlive(ws, room.clock, () => close(`the worker answered no ping for ${PEER_SILENCE_LIMIT_MS} ms`));

    let session: WorkerSession | null = null;
    try {
      const rpc = clientOver(client);
      const handshake = AbortSignal.any([ended.signal, AbortSignal.timeout(HANDSHAKE_TIMEOUT_MS)]);
      const answer = await shakeHands(db, network, worker, rpc, handshake);
      if ('refused' in answer) {
        log.warn({ reason: answer.refused }, 'refused a worker');
        return;
      }
      ended.signal.throwIfAborted();
      session = {
        workerId: worker.id,
        publicKey: worker.publicKey,
        sessionEpoch: answer.sessionEpoch,
        client: rpc,
        http2: client,
        signal: ended.signal,
        close,
      };
      sessions.add(session);
      log.info({ sessionEpoch: answer.sessionEpoch }, 'a worker is online');
      await attend(room, session);
    } catch (error) {
      close('the handshake failed', error);
    } finally {
      close('the worker was refused');
      const { message, cause } = ended.signal.reason as Error; // close() makes it
      if (cause === undefined) log.info({ reason: message }, 'a worker session ended');
      else log.warn({ reason: message, err: cause }, 'a worker session ended');
      if (session) sessions.remove(session);
      clearInterval(pinger);
      closing.signal.removeEventListener('abort', onClosing);
    }
  }

  server.on('upgrade', onUpgrade);
  return {
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      await Promise.all(serving);
      server.off('upgrade', onUpgrade);
      sockets.close();
    },
  };
}

function keepAlive(ws: WebSocket, clock: Clock, onSilent: () => void): NodeJS.Timeout {
  let heardAtMs = clock.monotonicMs();
  const heard = (): void => {
    heardAtMs = clock.monotonicMs();
  };
  ws.on('pong', heard);
  ws.on('message', heard);
  return setInterval(() => {
    if (clock.monotonicMs() - heardAtMs > PEER_SILENCE_LIMIT_MS) onSilent();
    else if (ws.readyState === ws.OPEN) ws.ping();
  }, PING_INTERVAL_MS);
}
