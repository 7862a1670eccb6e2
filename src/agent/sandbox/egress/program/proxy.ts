import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIPv4, type Socket } from 'node:net';
import { Duplex, pipeline } from 'node:stream';
import type { Audit } from './audit.ts';
import { type Budget, Meter } from './budget.ts';
import { passedOn, requestLength, responseLength } from './headers.ts';
import { HTTP_PORT, type Reading, readAddress, readTunnel, type Target } from './target.ts';

export interface ProxyOptions {
  /** `host:port` in lower case; nothing else is connected to. */
  readonly allow: ReadonlySet<string>;
  readonly isRefused: (address: string) => boolean;
  /** Every address of a name, of both versions. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
  readonly connect: (address: string, port: number) => Socket;
  readonly upload: Budget;
  readonly download: Budget;
  readonly audit: Audit;
}

/** Enough for a browser-like program; each costs some 100 KB at worst. */
const MAX_CONNECTIONS = 128;
const MAX_HEADER_BYTES = 16 * 2 ** 10;
const HEADERS_MS = 15_000;
const CONNECT_MS = 15_000;
/** Answers before the answer are read and not handed on, so one after another would keep the proxy busy for ever; servers send one or two. */
const MAX_INFORMATIONAL = 8;
/** A tunnel over which nothing goes may still be used by a job that was frozen for as long as an owner is waited for. */
const IDLE_MS = 15 * 60_000;

/**
 * An HTTP proxy (CONNECT, and `http://` addresses) that connects to what is on the list, after it has looked at every address of the name,
 * and to an address it has looked at. A redirect is followed by the job, so it comes here as a request of its own.
 */
export function createProxy(options: ProxyOptions): Server {
  const { audit } = options;
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_MS,
      requestTimeout: 0, // an upload takes as long as it takes; silence is ended by IDLE_MS
      connectionsCheckingInterval: 5_000,
      insecureHTTPParser: false,
    },
    (request, response) => void forward(options, request, response),
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.maxRequestsPerSocket = 1;
  server.timeout = IDLE_MS;
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => void tunnel(options, request, client, head));
  server.on('clientError', (error: NodeJS.ErrnoException, client) => {
    if (error.code?.startsWith('HPE_')) audit.refused('', null, 'no proper HTTP'); // else the job went away, or said nothing
    client.destroy();
  });
  server.on('drop', () => audit.refused('', null, `more than ${MAX_CONNECTIONS} connections at once`));
  return server;
}

async function tunnel(options: ProxyOptions, request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
  client.on('error', () => client.destroy());
  const found = await admitted(options, request.url ?? '', readTunnel(request.url ?? ''));
  if (client.destroyed) return;
  if (found === null) {
    client.end(`HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: ${REFUSED.length}\r\n\r\n${REFUSED}`);
    return;
  }
  const { upstream, up, down } = open(options, found);
  const onGone = (): void => {
    upstream.destroy();
  };
  const onFailed = (): void => {
    client.end('HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  };
  client.once('close', onGone);
  upstream.once('close', onFailed);
  upstream.once('connect', () => {
    client.off('close', onGone);
    upstream.off('close', onFailed);
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) client.unshift(head);
    // Each way ends by itself; one that breaks ends both, because they share their two ends.
    pipeline(client, up, upstream, onceBroken(onGone));
    pipeline(upstream, down, client, onceBroken(onGone));
  });
}

async function forward(options: ProxyOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const length = requestLength(request);
  if (length === null) return answer(response, 501);
  const found = await admitted(options, request.url ?? '', readAddress(request.url ?? ''));
  if (response.destroyed) return;
  if (found === null) return answer(response, 403, REFUSED);
  const { host, port, path } = found.target;
  const { upstream, up, down } = open(options, found);
  const wire = Duplex.from({ writable: up, readable: down });
  let isWhole = false;
  const fail = (): void => {
    upstream.destroy();
    if (!isWhole) answer(response, 502);
  };
  pipeline(up, upstream, onceBroken(fail));
  pipeline(upstream, down, onceBroken(fail));
  wire.on('error', fail);
  response.once('close', () => upstream.destroy());

  const outgoing = httpRequest({
    method: request.method,
    path,
    headers: ['Host', port === HTTP_PORT ? host : `${host}:${port}`, ...passedOn(request), ...length, 'Connection', 'close'],
    maxHeaderSize: MAX_HEADER_BYTES,
    createConnection: () => wire,
  });
  outgoing.on('error', fail);
  let informational = 0;
  outgoing.on('information', () => {
    informational += 1;
    if (informational > MAX_INFORMATIONAL) fail();
  });
  outgoing.once('response', (incoming) => {
    const { statusCode = 0 } = incoming;
    const answered = responseLength(incoming);
    if (answered === null || statusCode < 200) return fail();
    incoming.once('end', () => {
      isWhole = true; // what comes after it, or breaks then, is not the job's
    });
    response.writeHead(statusCode, [...passedOn(incoming), ...answered, 'Connection', 'close']);
    pipeline(incoming, response, onceBroken(fail));
  });
  pipeline(request, outgoing, onceBroken(fail));
}

const onceBroken =
  (act: () => void) =>
  (error?: Error | null): void => {
    if (error) act();
  };

/** The job learns that it was refused; why is for the owner, whose own network a reason may speak of. */
const REFUSED = 'Nightshift did not let this through: a job may connect to the addresses on its list, by their names.\n';

function answer(response: ServerResponse, status: 403 | 501 | 502, text = ''): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { Connection: 'close', 'Content-Length': text.length }).end(text);
}

interface Admitted {
  readonly target: Target;
  readonly address: string;
}

/** The address to connect to; null, with the reason on record, where nothing may be connected to. */
async function admitted(options: ProxyOptions, text: string, reading: Reading): Promise<Admitted | null> {
  const { allow, audit, upload, download } = options;
  const refuse = (host: string, port: number | null, why: string): null => {
    audit.refused(host, port, why);
    return null;
  };
  if (reading.kind === 'refused') return refuse(text, null, reading.why);
  const { target } = reading;
  const { host, port } = target;
  if (!allow.has(`${host}:${port}`)) return refuse(host, port, "it is not on the job's list");
  if (upload.isSpent()) return refuse(host, port, SPENT.upload);
  if (download.isSpent()) return refuse(host, port, SPENT.download);
  const addresses = await options.resolve(host).catch(() => null);
  if (addresses === null) return refuse(host, port, 'its name leads nowhere');
  const special = addresses.find(options.isRefused);
  if (special !== undefined) return refuse(host, port, `its name leads to ${special}, which is not open to everybody`);
  const address = addresses.find(isIPv4);
  return address === undefined ? refuse(host, port, 'it has no IPv4 address') : { target, address };
}

const SPENT = { upload: 'the job has sent all that it may', download: 'the job has received all that it may' };

/** Begins to connect. `up` and `down` count what goes either way and stop it when the budget is spent; the end is put on record. */
function open(options: ProxyOptions, { target, address }: Admitted): { upstream: Socket; up: Meter; down: Meter } {
  const { upload, download, audit } = options;
  const opened = audit.opened(target.host, target.port, address);
  let connected = false;
  let broken: string | null = null;
  const upstream = options.connect(address, target.port);
  const stop = (why: string): void => {
    broken ??= why;
    upstream.destroy();
  };
  const up = new Meter(upload, () => stop(SPENT.upload));
  const down = new Meter(download, () => stop(SPENT.download));
  upstream.setTimeout(CONNECT_MS, () => stop(connected ? 'nothing went over it for long' : 'it did not answer'));
  upstream.once('connect', () => {
    connected = true;
    upstream.setTimeout(IDLE_MS);
  });
  upstream.on('error', (error: NodeJS.ErrnoException) =>
    stop(`${connected ? 'it broke off' : 'it could not be connected to'} (${error.code})`),
  );
  upstream.once('close', () => opened.closed(up.passedBytes, down.passedBytes, broken));
  return { upstream, up, down };
}
