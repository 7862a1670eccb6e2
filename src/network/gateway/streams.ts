import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { digestHeader } from '../../contract/session-api.ts';
import { STREAM_IDLE_TIMEOUT_MS } from '../constants.ts';

/** A raw stream was answered with something else than success. */
class StreamRefused extends Error {
  override readonly name = 'StreamRefused';
  readonly status: number;

  constructor(path: string, status: number) {
    super(`the worker answered ${status} for ${path}`);
    this.status = status;
  }
}

async function statusOf(stream: ReturnType<ClientHttp2Session['request']>): Promise<number> {
  const ended = new AbortController();
  stream.once('close', () => ended.abort(new Error('the stream closed before the worker answered')));
  const [headers] = (await once(stream, 'response', { signal: ended.signal })) as [{ ':status'?: number }]; // node:http2's event
  return headers[':status'] ?? 0;
}

/** GETs a raw stream of a lease. The caller reads it to its end or destroys it. A stream that follows may be silent for long: `idleTimeoutMs` null. */
export async function getStream(
  session: ClientHttp2Session,
  path: string,
  signal: AbortSignal,
  idleTimeoutMs: number | null = STREAM_IDLE_TIMEOUT_MS,
): Promise<Readable> {
  const stream = session.request({ ':method': 'GET', ':path': path }, { signal });
  if (idleTimeoutMs !== null)
    stream.setTimeout(idleTimeoutMs, () => stream.destroy(new Error(`no byte of ${path} for ${idleTimeoutMs} ms`)));
  // Read from the first moment: node:http2 throws away a short answer that is over before anybody reads it ("premature close").
  const body = new PassThrough();
  pipeline(stream, body).catch((error: Error) => body.destroy(error)); // told to whoever reads the body
  const status = await statusOf(stream);
  if (status !== 200) {
    body.destroy();
    throw new StreamRefused(path, status);
  }
  return body;
}

/** PUTs an archive to the worker, named by its digest, and waits until the worker has taken it whole. */
export async function putStream(
  session: ClientHttp2Session,
  path: string,
  digest: string,
  sizeBytes: number,
  body: Readable,
  signal: AbortSignal,
): Promise<void> {
  const stream = session.request(
    { ':method': 'PUT', ':path': path, [digestHeader]: digest, 'content-length': String(sizeBytes) },
    { signal },
  );
  stream.setTimeout(STREAM_IDLE_TIMEOUT_MS, () => stream.destroy(new Error(`no byte of ${path} for ${STREAM_IDLE_TIMEOUT_MS} ms`)));
  stream.on('error', () => stream.destroy()); // told by both promises below
  const status = statusOf(stream);
  const sent = pipeline(body, stream, { end: true });
  stream.resume();
  const [answer] = await Promise.all([status, sent]);
  if (answer < 200 || answer > 299) throw new StreamRefused(path, answer);
}
