import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { request } from 'node:http';
import { connect, isIPv6, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/*
 * Tries to get out: runs inside containers as `node /app/attempts.ts` with the attempts as JSON in ATTEMPTS, all at once, and prints what
 * became of each as one line of JSON. Stands alone: nothing beside it is in the image.
 */
export type Attempt =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'udp'; readonly host: string; readonly port: number }
  | { readonly kind: 'ping'; readonly host: string }
  /** By the system's resolver. */
  | { readonly kind: 'lookup'; readonly name: string }
  /** To a DNS server of one's own choice. */
  | { readonly kind: 'query'; readonly server: string; readonly name: string }
  /** Through the proxy that HTTP_PROXY names: a tunnel, and `GET path` in it. */
  | { readonly kind: 'tunnel'; readonly to: string; readonly path: string }
  /** Through the proxy: a plain request; follows redirects. */
  | { readonly kind: 'proxied'; readonly url: string; readonly uploadBytes: number };

/** `came`: bytes that came back. `sha256`: of them, where any were asked for. `said`: for a person who reads a failure. */
export interface Outcome {
  readonly attempt: Attempt;
  readonly got: boolean;
  readonly came: number;
  readonly sha256: string | null;
  readonly said: string;
}

/** Long enough for a busy machine; what is dropped without a word takes all of it. */
const LIMIT_MS = 4_000;
/** Through the proxy things are moved, which takes its time on a busy machine. */
const PROXIED_LIMIT_MS = 15_000;

const DATAGRAMS = 4;
const DATAGRAM_MS = 300;

type Found = Omit<Outcome, 'attempt'>;
const plainly = (got: boolean, said: string): Found => ({ got, came: 0, sha256: null, said });
const withBody = (got: boolean, body: Buffer, said: string): Found => ({
  got,
  came: body.length,
  sha256: createHash('sha256').update(body).digest('hex'),
  said,
});

function tcp(host: string, port: number): Promise<Found> {
  const { promise, resolve } = Promise.withResolvers<Found>();
  const socket = connect({ host, port });
  socket.setTimeout(LIMIT_MS, () => socket.destroy(new Error('no answer')));
  socket.once('connect', () => socket.destroy());
  socket.once('error', (error) => resolve(plainly(false, error.message)));
  socket.once('close', (hadError) => hadError || resolve(plainly(true, 'connected')));
  return promise;
}

/** Several, since one alone may be lost. Whether they could be sent; whether one came, the other side knows. */
async function udp(host: string, port: number): Promise<Found> {
  const socket = createSocket(isIPv6(host.split('%')[0] ?? '') ? 'udp6' : 'udp4');
  const failures: string[] = [];
  for (let i = 0; i < DATAGRAMS; i++) {
    const { promise, resolve } = Promise.withResolvers<Error | null>();
    socket.once('error', resolve);
    socket.send(`to ${host}`, port, host, resolve);
    const failure = await promise;
    if (failure !== null) failures.push(failure.message);
    await sleep(DATAGRAM_MS);
  }
  socket.close();
  return failures.length === DATAGRAMS ? plainly(false, failures[0] ?? '') : plainly(true, 'sent');
}

async function ping(host: string): Promise<Found> {
  const env = { LD_LIBRARY_PATH: '/app/ping' };
  await promisify(execFile)('/app/ping/ping', ['-n', '-c', '1', '-W', String(LIMIT_MS / 1000), host], { env });
  return plainly(true, 'answered');
}

async function query(server: string, name: string): Promise<Found> {
  const resolver = new Resolver({ timeout: LIMIT_MS, tries: 1 });
  resolver.setServers([server]);
  const addresses = await promisify(resolver.resolve4.bind(resolver))(name);
  return plainly(true, addresses.join(' '));
}

function proxy(): { readonly host: string; readonly port: number } {
  const url = new URL(process.env.HTTP_PROXY ?? 'http://127.0.0.1:3128');
  return { host: url.hostname, port: Number(url.port) };
}

function tunnel(to: string, path: string): Promise<Found> {
  const { promise, resolve } = Promise.withResolvers<Found>();
  const asked = request({ ...proxy(), method: 'CONNECT', path: to, headers: { host: to } });
  asked.setTimeout(PROXIED_LIMIT_MS, () => asked.destroy(new Error('no answer')));
  asked.once('error', (error) => resolve(plainly(false, error.message)));
  asked.once('response', (response) => {
    response.resume();
    resolve(plainly(false, `status ${response.statusCode}`));
  });
  asked.once('connect', (response, socket: Socket) => {
    if (response.statusCode !== 200) {
      socket.destroy();
      return resolve(plainly(false, `status ${response.statusCode}`));
    }
    const inner = request({ createConnection: () => socket, path, headers: { host: to, connection: 'close' } });
    inner.once('error', (error) => resolve(plainly(false, `in the tunnel: ${error.message}`)));
    inner.once('response', (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.once('error', (error) => resolve(withBody(false, Buffer.concat(parts), error.message)));
      answer.once('end', () => resolve(withBody(answer.statusCode === 200, Buffer.concat(parts), `status ${answer.statusCode}`)));
    });
    inner.end();
  });
  asked.end();
  return promise;
}

function proxied(url: string, uploadBytes: number, hops = 0): Promise<Found> {
  const { promise, resolve } = Promise.withResolvers<Found>();
  const asked = request({
    ...proxy(),
    path: url,
    method: uploadBytes > 0 ? 'POST' : 'GET',
    headers: { host: new URL(url).host, connection: 'close', ...(uploadBytes > 0 && { 'content-length': uploadBytes }) },
  });
  asked.setTimeout(PROXIED_LIMIT_MS, () => asked.destroy(new Error('no answer')));
  asked.once('error', (error) => resolve(plainly(false, error.message)));
  asked.once('response', (answer) => {
    const status = answer.statusCode ?? 0;
    const location = answer.headers.location;
    const parts: Buffer[] = [];
    answer.on('data', (part: Buffer) => parts.push(part));
    answer.once('error', (error) => resolve(withBody(false, Buffer.concat(parts), error.message)));
    answer.once('end', () =>
      resolve(
        status === 302 && location !== undefined && hops < 3
          ? proxied(location, 0, hops + 1)
          : withBody(status === 200, Buffer.concat(parts), `status ${status} after ${hops} redirects`),
      ),
    );
  });
  asked.end(Buffer.alloc(uploadBytes, 'x'));
  return promise;
}

function make(attempt: Attempt): Promise<Found> {
  switch (attempt.kind) {
    case 'tcp':
      return tcp(attempt.host, attempt.port);
    case 'udp':
      return udp(attempt.host, attempt.port);
    case 'ping':
      return ping(attempt.host);
    case 'lookup':
      return lookup(attempt.name).then(({ address }) => plainly(true, address));
    case 'query':
      return query(attempt.server, attempt.name);
    case 'tunnel':
      return tunnel(attempt.to, attempt.path);
    case 'proxied':
      return proxied(attempt.url, attempt.uploadBytes);
  }
}

const attempts = JSON.parse(process.env.ATTEMPTS ?? '') as readonly Attempt[]; // written by the test
const outcomes = await Promise.all(
  attempts.map(async (attempt): Promise<Outcome> => {
    const found = await make(attempt).catch((error: unknown) => plainly(false, String(error).trim()));
    return { attempt, ...found };
  }),
);
for (const outcome of outcomes) console.log(JSON.stringify(outcome));
process.exit();
