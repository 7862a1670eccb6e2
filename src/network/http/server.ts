import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { OpenAPIHandler } from '@orpc/openapi/node';
import { makeProblem, ProblemError, problem } from '../../contract/model/problem.ts';
import type { Logger } from '../../lib/log.ts';
import type { Blobs } from '../blobs.ts';
import { STREAM_IDLE_TIMEOUT_MS, TRANSFER_TIMEOUT_MS } from '../constants.ts';
import { authenticate } from './auth.ts';
import { serveBlob } from './blob-routes.ts';
import { openApiDocument } from './openapi.ts';
import { PROBLEM_TYPE, problemAsOrpcError, problemOf, sendProblem } from './problems.ts';
import { readJsonBody } from './request-body.ts';
import { requestPath } from './request-path.ts';
import { type ApiContext, type ApiRoom, createRouter } from './router.ts';

export interface HttpRoom extends ApiRoom {
  readonly blobs: Blobs;
  readonly logger: Logger;
}

/** The cloud API over HTTP: RPC routes of the contract, raw blobs, /health and /openapi.json. Every failure is a problem document. */
export function createHttpServer(room: HttpRoom): Server {
  const { logger } = room;
  const handler = new OpenAPIHandler<ApiContext>(createRouter(room), {
    // Whatever fails becomes an oRPC error that carries its problem; the encoder then sends the problem itself.
    interceptors: [
      async ({ next }) => {
        try {
          return await next();
        } catch (error) {
          throw problemAsOrpcError(error, logger);
        }
      },
    ],
    customErrorResponseBodyEncoder: (error) => problem.parse(error.data),
    // oRPC labels every object application/json; a ready-made stream keeps the label it comes with.
    rootInterceptors: [
      async ({ next }) => {
        const result = await next();
        if (!result.matched || result.response.status < 400) return result;
        const body = new Blob([JSON.stringify(result.response.body)]).stream();
        return { matched: true, response: { ...result.response, headers: { 'content-type': PROBLEM_TYPE }, body } };
      },
    ],
  });
  let document: Promise<unknown> | null = null;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = requestPath(request);
    if (request.method === 'GET' && pathname === '/health') return sendJson(response, { status: 'ok' });
    if (request.method === 'GET' && pathname === '/openapi.json') {
      document ??= openApiDocument();
      return sendJson(response, await document);
    }
    request.setTimeout(STREAM_IDLE_TIMEOUT_MS, () => request.destroy(new Error('nothing came for too long')));
    const account = await authenticate(room.db, request);
    if (await serveBlob(room.db, room.blobs, account, pathname, request, response)) return;
    const parsed = Object.assign(request, request.method === 'GET' ? {} : { body: await readJsonBody(request) });
    request.setTimeout(0); // a stream of events may be silent for long
    const { matched } = await handler.handle(parsed, response, { context: { account } });
    if (!matched) throw new ProblemError('not-found', `There is no ${request.method} ${pathname}.`, 'See /openapi.json for what there is.');
  }

  // Node's limit of 5 minutes for a whole request would cut off the upload of a large archive; who sends nothing is cut off by the route.
  return createServer({ requestTimeout: TRANSFER_TIMEOUT_MS }, (request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.destroyed) return; // the client left; there is nobody to answer
      if (!request.complete && !response.headersSent) response.setHeader('connection', 'close'); // what is still coming will not be read
      sendProblem(response, problemOf(error, logger));
    });
  }).on('clientError', (_error, socket) => {
    const body = JSON.stringify(makeProblem('invalid-request', 'This is not HTTP.', 'Send an HTTP request.'));
    if (socket.writable)
      socket.end(`HTTP/1.1 400 Bad Request\r\nContent-Type: ${PROBLEM_TYPE}\r\nConnection: close\r\n\r\n${body}`, () => socket.destroy());
  });
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
