import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';

/** Web headers of an HTTP/2 response; pseudo headers are not among them. */
function headersOf(incoming: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming)) {
    if (name.startsWith(':') || value === undefined) continue;
    for (const one of [value].flat()) headers.append(name, one);
  }
  return headers;
}

/**
 * `fetch` over one HTTP/2 session, for clients that want a Request and give a Response. Rejects when the session or the stream
 * ends before the response; a body that is cut off later fails its reader.
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
      stream.once('error', reject);
      stream.once('close', () => reject(new Error('the stream closed before the worker answered')));
      stream.once('response', (incoming) => {
        // The two ReadableStream types describe the same class; only their declarations differ.
        const web = Readable.toWeb(stream) as NodeReadableStream & ReadableStream;
        const status = incoming[':status'] ?? 0;
        resolve(new Response(web, { status, headers: headersOf(incoming) }));
      });
      if (body) stream.end(body);
    });
  };
}
