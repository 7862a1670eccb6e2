import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/*
 * Moves bytes to and from a host and says how long it took, in a container: through the proxy where HTTP_PROXY names one, else directly.
 * Run as `node /app/transfer.ts` with TransferOrder as JSON in TRANSFER; prints Transfer as JSON. Stands alone in its image.
 */
export interface TransferOrder {
  readonly host: string;
  readonly port: number;
  readonly bytes: number;
  /** How many small requests, one after another. */
  readonly requests: number;
}

export interface Transfer {
  readonly downloadMs: number;
  readonly uploadMs: number;
  /** Of each small request, from the first step to a connection until the answer begins. */
  readonly firstByteMs: readonly number[];
}

const CHUNK_BYTES = 256 * 2 ** 10;

const { host, port, bytes, requests } = JSON.parse(process.env.TRANSFER ?? '') as TransferOrder; // written by the benchmark
const proxyUrl = process.env.HTTP_PROXY;

function reach(): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  if (proxyUrl === undefined) {
    const socket = connect({ host, port }, () => resolve(socket));
    socket.once('error', reject);
  } else {
    const { hostname, port: proxyPort } = new URL(proxyUrl);
    const asked = request({ host: hostname, port: proxyPort, method: 'CONNECT', path: `${host}:${port}` });
    asked.once('connect', (response, socket) =>
      response.statusCode === 200 ? resolve(socket) : reject(new Error(`status ${response.statusCode}`)),
    );
    asked.once('error', reject);
    asked.end();
  }
  return promise;
}

function answerTo(asked: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  asked.once('response', resolve);
  asked.once('error', reject);
  return promise;
}

const ask = (socket: Socket, path: string, method: string, length: number): ClientRequest =>
  request({ createConnection: () => socket, path, method, headers: { host, connection: 'close', 'content-length': length } });

async function download(path: string): Promise<{ readonly firstByteMs: number; readonly wholeMs: number; readonly came: number }> {
  const startedMs = performance.now();
  const asked = ask(await reach(), path, 'GET', 0);
  asked.end();
  const answer = await answerTo(asked);
  const firstByteMs = performance.now() - startedMs;
  let came = 0;
  for await (const chunk of answer) came += (chunk as Buffer).length; // no encoding is set, so chunks are buffers
  return { firstByteMs, wholeMs: performance.now() - startedMs, came };
}

function* body(): Generator<Buffer> {
  const chunk = Buffer.alloc(CHUNK_BYTES, 7);
  for (let left = bytes; left > 0; left -= chunk.length) yield left < chunk.length ? chunk.subarray(0, left) : chunk;
}

async function upload(): Promise<number> {
  const startedMs = performance.now();
  const asked = ask(await reach(), '/', 'POST', bytes);
  const answered = answerTo(asked);
  await pipeline(Readable.from(body()), asked);
  let said = '';
  for await (const chunk of await answered) said += chunk;
  if (Number(said) !== bytes) throw new Error(`${said} of ${bytes} bytes arrived`);
  return performance.now() - startedMs;
}

const down = await download(`/bytes?n=${bytes}`);
if (down.came !== bytes) throw new Error(`${down.came} of ${bytes} bytes came`);
const uploadMs = await upload();
const firstByteMs: number[] = [];
for (let i = 0; i < requests; i++) firstByteMs.push((await download('/')).firstByteMs);
console.log(JSON.stringify({ downloadMs: down.wholeMs, uploadMs, firstByteMs } satisfies Transfer));
process.exit();
