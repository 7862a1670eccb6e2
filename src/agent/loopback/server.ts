import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { RPCHandler } from '@orpc/server/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { ProblemError } from '../../contract/model/problem.ts';
import { tokenProtocol, WORKER_WS_PATH, WORKER_WS_PROTOCOL } from '../../contract/worker-api.ts';
import type { Logger } from '../../lib/log.ts';
import { serveStatic } from './static-files.ts';
import { tokenEquals } from './token.ts';
import type { WorkerRouter } from './worker-router.ts';

export interface LoopbackServer extends AsyncDisposable {
  readonly url: string;
}

/** The browser cannot read an HTTP status of a refused upgrade, but it can read a close code. */
const CLOSE_WRONG_TOKEN = 4401;
const LOOPBACK = '127.0.0.1';

/**
 * Serves the UI and the worker API on loopback. A WebSocket is served only with the right token (second subprotocol), Host and,
 * where there is one, Origin: a page of another site in the owner's browser gets nothing, DNS rebinding included.
 */
export async function startLoopback(options: {
  readonly port: number;
  readonly uiRoot: string;
  readonly token: string;
  readonly router: WorkerRouter;
  readonly logger: Logger;
}): Promise<LoopbackServer> {
  const handler = new RPCHandler(options.router);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 2 ** 20,
    handleProtocols: (protocols) => (protocols.has(WORKER_WS_PROTOCOL) ? WORKER_WS_PROTOCOL : false),
  });
  let hosts: readonly string[] = [];
  const server = createServer((request, response) => {
    if (!hosts.includes(request.headers.host ?? '')) {
      response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end('Refused: open the address that Nightshift printed.\n');
      return;
    }
    serveStatic(options.uiRoot, request, response).catch((error: unknown) => {
      options.logger.debug({ error, url: request.url }, 'a file of the UI was not sent whole');
      response.destroy();
    });
  });

  const isAllowedOrigin = (request: IncomingMessage): boolean => {
    const { origin } = request.headers;
    return origin === undefined || hosts.some((host) => origin === `http://${host}`);
  };
  const hasToken = (request: IncomingMessage): boolean =>
    (request.headers['sec-websocket-protocol'] ?? '')
      .split(',')
      .some((protocol) => tokenEquals(tokenProtocol(options.token), protocol.trim()));

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', (error) => options.logger.debug({ error }, 'a connection broke off before it was one'));
    const path = URL.parse(request.url ?? '/', 'http://loopback')?.pathname;
    if (path !== WORKER_WS_PATH || !hosts.includes(request.headers.host ?? '') || !isAllowedOrigin(request)) {
      options.logger.warn({ host: request.headers.host, origin: request.headers.origin }, 'refused a connection to the worker API');
      // Destroyed, not only ended: nobody reads this socket, so the other side's end would never be noticed, and the server never close.
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n', () => socket.destroy());
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
      if (!hasToken(request)) {
        webSocket.close(CLOSE_WRONG_TOKEN, 'wrong token');
        return;
      }
      webSocket.on('error', (error) => options.logger.debug({ error }, 'UI connection broke off'));
      void handler.upgrade(webSocket, { context: {} });
    });
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new ProblemError(
              'port-in-use',
              `Port ${options.port} on ${LOOPBACK} is in use by another program.`,
              `Stop that program, or choose another port: --ui-port ${options.port + 1}`,
              { cause: error },
            )
          : error,
      );
    });
    server.listen(options.port, LOOPBACK, resolve);
  });
  server.on('error', (error) => options.logger.warn({ error }, 'a connection could not be taken in'));
  const { port } = server.address() as AddressInfo; // a TCP server that listens has an AddressInfo
  hosts = [`${LOOPBACK}:${port}`, `localhost:${port}`];
  return {
    url: `http://${LOOPBACK}:${port}`,
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
