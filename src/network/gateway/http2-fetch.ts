import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MAX_WORKER_MESSAGE_BYTES } from '../constants.ts';

/** Web headers of an HTTP/2 response; pseudo headers are not among them. */
function headersOf(incoming: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming)) {
    if (name.startsWith(':') || value === undefined) continue;
    for (const one of [value].flat()) headers.append(name, one);
  }
  return headers;
}

/** Passes bytes through and fails once a message is too long: what reads it keeps all of it in memory until it ends, an event with an empty line. */
function bounded(maxBytes: number): Transform {
  let messageBytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const end = chunk.lastIndexOf('\n\n');
      messageBytes = end === -1 ? messageBytes + chunk.length : chunk.length - end;
      if (messageBytes > maxBytes) done(new Error(`the worker sent a message of more than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
}

/**
 * `fetch` over one HTTP/2 session, for clients that want a Request and give a Response. Rejects when the session or the stream
 * ends before the response; a body that is cut off later, or has an endless message, fails its reader.
 */
export function fetchOver(session: ClientHttp2Session): (request: Request) => Promise<Response> {
  return async (request) => {
    request.signal.throwIfAborted();
    const url = new URL(request.url);
    const body = request.body === null ? null : Buffer.from(await request.arrayBuffer()); // RPC inputs are small JSON
    const stream = session.request(
      { ':method': request.method, ':path': url.pathname + url.search, ...Object.fromEntries(request.headers) },
      { endStream: body === null, signal: request.signal },
    );
    return new Promise((resolve, reject) => {
      // Read from the first moment, into a stream that has no other side: headers, data and end may come in one batch, and an HTTP/2
      // stream that is over before anybody reads it gives its reader a "premature close" instead of the answer.
      const answer = bounded(MAX_WORKER_MESSAGE_BYTES);
      pipeline(stream, answer).catch((error: Error) => {
        answer.destroy(error);
        reject(error);
      });
      // Naming the request also holds it while the stream lives: a Request follows the signal it was made with only weakly, so that
      // one that is collected would no longer abort.
      stream.once('close', () => reject(new Error(`the stream closed before the worker answered ${request.url}`)));
      stream.once('response', (incoming) => {
        resolve(new Response(ReadableStream.from<Buffer>(answer), { status: incoming[':status'] ?? 0, headers: headersOf(incoming) }));
      });
      if (body) stream.end(body);
    });
  };
}
