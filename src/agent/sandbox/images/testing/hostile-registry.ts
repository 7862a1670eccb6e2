import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { digestOf } from './image-parts.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface HostileRegistry extends AsyncDisposable {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** What was asked of it: path and Authorization header. */
  readonly asked: { readonly path: string; readonly authorization: string | undefined }[];
  /** Connections that were made to it, whatever was said on them. */
  connections(): number;
  /** Answers a path as said, before what it holds. */
  on(path: string, answer: Answer): void;
  /** Holds a document of the repository `x`; returns its digest. */
  hold(kind: 'manifests' | 'blobs', bytes: Buffer, contentType: string): string;
}

/** A registry that does what a test tells it, on loopback. */
export async function startHostileRegistry(): Promise<HostileRegistry> {
  const answers = new Map<string, Answer>();
  const asked: HostileRegistry['asked'] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://x').pathname;
    asked.push({ path: request.url ?? '', authorization: request.headers.authorization });
    const answer = answers.get(path);
    if (answer === undefined) response.writeHead(404).end();
    else answer(request, response);
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    host: `127.0.0.1:${address.port}`,
    asked,
    connections: () => connections,
    on: (path, answer) => void answers.set(path, answer),
    hold: (kind, bytes, contentType) => {
      const digest = digestOf(bytes);
      answers.set(`/v2/x/${kind}/${digest}`, (_request, response) => response.writeHead(200, { 'content-type': contentType }).end(bytes));
      return digest;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
