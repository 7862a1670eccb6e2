import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createNetServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test, vi } from 'vitest';
import { tempFolder } from '../../../../lib/testing/temp-folder.ts';
import { type AuditLine, createAudit } from './audit.ts';
import { createBudget } from './budget.ts';
import { createProxy } from './proxy.ts';
import { refusing } from './special-addresses.ts';

const PUBLIC = '1.1.1.1';
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

interface Room {
  readonly socketPath: string;
  /** Every address that was connected to. */
  readonly dialled: string[];
  readonly resolved: string[];
  readonly lines: AuditLine[];
}

/** A proxy on a Unix socket. Whatever address it connects to, `origin` answers. */
async function proxyTo(
  origin: Server | ReturnType<typeof createNetServer>,
  names: Readonly<Record<string, readonly string[]>> = { 'example.org': [PUBLIC] },
  caps = { up: 2 ** 20, down: 2 ** 20 },
): Promise<Room> {
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
  const { port } = origin.address() as AddressInfo; // a TCP server's is no path
  const room: Room = { socketPath: join(tempFolder(), 's'), dialled: [], resolved: [], lines: [] };
  const proxy = createProxy({
    allow: new Set(['example.org:80', 'example.org:443', '0x7f000001:80', 'rebound.example:80', 'gone.example:80']),
    isRefused: refusing([]),
    resolve: async (host) => {
      room.resolved.push(host);
      return names[host] ?? Promise.reject(new Error('ENOTFOUND'));
    },
    connect: (address, asked) => {
      room.dialled.push(`${address}:${asked}`);
      return connect({ port, allowHalfOpen: true });
    },
    upload: createBudget(caps.up),
    download: createBudget(caps.down),
    audit: createAudit(Date.now, (line) => void room.lines.push(JSON.parse(line))),
  });
  await new Promise<void>((resolve) => proxy.listen(room.socketPath, resolve));
  stops.push(() => {
    proxy.closeAllConnections();
    proxy.close();
    if ('closeAllConnections' in origin) origin.closeAllConnections();
    origin.close();
  });
  return room;
}

const echo = (): Server =>
  createHttpServer(async (request, response) => {
    const body = await text(request);
    response.setHeader('Keep-Alive', 'timeout=9');
    response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }));
  });

function client(room: Room): Socket {
  const socket = connect({ path: room.socketPath, allowHalfOpen: true });
  stops.push(() => socket.destroy());
  return socket;
}

/** What comes back for raw bytes until the proxy closes. */
async function ask(room: Room, request: string): Promise<string> {
  const socket = client(room);
  socket.write(request, 'latin1');
  const answer = await text(socket).catch(() => '(reset)');
  socket.end();
  return answer;
}

const bodyOf = (answer: string) => JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1));

test('a listed address is reached by http:// with a request that is built anew', async () => {
  const room = await proxyTo(echo());
  const answer = await ask(
    room,
    [
      'POST http://EXAMPLE.org/a?b=c HTTP/1.1',
      'Host: 10.0.0.1',
      'Connection: X-Secret, keep-alive',
      'X-Secret: 1',
      'X-Kept: 2',
      'Proxy-Authorization: Basic eA==',
      'Upgrade: websocket',
      'TE: trailers',
      'Content-Length: 5',
      '',
      'hello',
    ].join('\r\n'),
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(answer).not.toMatch(/keep-alive/i);
  expect(bodyOf(answer)).toEqual({
    method: 'POST',
    url: '/a?b=c',
    headers: { host: 'example.org', 'x-kept': '2', 'content-length': '5', connection: 'close' },
    body: 'hello',
  });
  expect(room.dialled).toEqual([`${PUBLIC}:80`]);
  await vi.waitFor(() => expect(room.lines.at(-1)).toMatchObject({ host: 'example.org', port: 80, address: PUBLIC, refusal: null }));
  expect(room.lines.at(-1)?.receivedBytes).toBeGreaterThan(200);
  expect(room.lines.at(-1)?.sentBytes).toBeGreaterThan(80);
});

test('a chunked body arrives whole, and without its trailers', async () => {
  const room = await proxyTo(echo());
  const chunks = '3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n';
  const answer = await ask(room, `PUT http://example.org/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`);
  expect(bodyOf(answer)).toMatchObject({ body: 'abcde', headers: { 'transfer-encoding': 'chunked' } });
});

test('a tunnel carries bytes both ways, each way ending by itself', async () => {
  const origin = createNetServer({ allowHalfOpen: true }, async (socket) => socket.end(`got ${await text(socket)}`));
  const room = await proxyTo(origin);
  const socket = client(room);
  socket.write('CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\nearly ');
  setTimeout(() => socket.end('late'), 50);
  expect(await text(socket)).toBe('HTTP/1.1 200 Connection Established\r\n\r\ngot early late');
  expect(room.dialled).toEqual([`${PUBLIC}:443`]);
  await vi.waitFor(() => expect(room.lines.at(-1)).toMatchObject({ port: 443, refusal: null, sentBytes: 10, receivedBytes: 14 }));
});

test('a megabyte goes through a tunnel and through http:// unchanged', async () => {
  const large = 'x'.repeat(900_000);
  const origin = createHttpServer(async (request, response) => response.end(await text(request)));
  const room = await proxyTo(origin, undefined, { up: 2 ** 22, down: 2 ** 22 });
  const request = `Host: example.org\r\nConnection: close\r\nContent-Length: ${large.length}\r\n\r\n${large}`;
  expect((await ask(room, `POST http://example.org/ HTTP/1.1\r\n${request}`)).endsWith(`\r\n\r\n${large}`)).toBe(true);
  const tunnelled = await ask(room, `CONNECT example.org:80 HTTP/1.1\r\nHost: x\r\n\r\nPOST / HTTP/1.1\r\n${request}`);
  expect(tunnelled.endsWith(`\r\n\r\n${large}`)).toBe(true);
});

const get = (url: string): string => `GET ${url} HTTP/1.1\r\nHost: example.org\r\n\r\n`;
const tunnelTo = (authority: string): string => `CONNECT ${authority} HTTP/1.1\r\nHost: example.org\r\n\r\n`;

test.each([
  ['another name', get('http://example.com/'), "it is not on the job's list"],
  ['another port', get('http://example.org:8080/'), "it is not on the job's list"],
  ['a name with a dot after it', tunnelTo('example.org.:443'), "it is not on the job's list"],
  ['a part of a name', tunnelTo('evil.example.org:443'), "it is not on the job's list"],
  ['an address in numbers', tunnelTo('1.1.1.1:443'), 'it is an address in numbers'],
  ['one in hexadecimal that the list has', get('http://0x7f000001/'), 'it is an address in numbers'],
  ['one in brackets', tunnelTo('[::ffff:10.0.0.1]:443'), 'it is an address in numbers'],
  ['a user before it', get('http://example.org@10.0.0.1/'), 'its host is no plain name'],
  ['a path only', get('/'), 'it is no http:// address'],
])('%s is refused, and nobody is asked for its address', async (_what, request, refusal) => {
  const room = await proxyTo(echo());
  expect(await ask(room, request)).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
  expect(room.lines).toMatchObject([{ refusal, address: null }]);
  expect([room.resolved, room.dialled]).toEqual([[], []]);
});

test.each([
  [['192.168.1.1'], '192.168.1.1'],
  [[PUBLIC, '169.254.169.254'], '169.254.169.254'],
  [[PUBLIC, 'fd00::1'], 'fd00::1'],
])('a listed name that leads to %j is refused, and the job is not told why', async (addresses, special) => {
  const room = await proxyTo(echo(), { 'rebound.example': addresses });
  const answer = await ask(room, get('http://rebound.example/'));
  expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  expect(answer).not.toContain(special);
  expect(room.lines).toMatchObject([{ host: 'rebound.example', refusal: `its name leads to ${special}, which is not open to everybody` }]);
  expect(room.dialled).toEqual([]);
});

test('a name that leads nowhere, or nowhere in IPv4, is refused', async () => {
  const room = await proxyTo(echo(), { 'rebound.example': ['2606:4700::1111'] });
  expect(await ask(room, get('http://gone.example/'))).toMatch(/^HTTP\/1\.1 403 /);
  expect(await ask(room, get('http://rebound.example/'))).toMatch(/^HTTP\/1\.1 403 /);
  expect(room.lines.map(({ refusal }) => refusal)).toEqual(['its name leads nowhere', 'it has no IPv4 address']);
});

test('a redirect is handed to the job, and not followed', async () => {
  const origin = createHttpServer((_request, response) => response.writeHead(302, { Location: 'http://192.168.1.1/' }).end());
  const room = await proxyTo(origin);
  expect(await ask(room, get('http://example.org/'))).toMatch(/^HTTP\/1\.1 302 Found\r\nLocation: http:\/\/192/i);
  expect(room.dialled).toHaveLength(1);
});

const head = 'POST http://example.org/ HTTP/1.1\r\nHost: example.org\r\n';
const hidden = 'GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n';
test.each([
  ['two lengths', `${head}Content-Length: 0\r\nContent-Length: 5\r\n\r\n${hidden}`],
  ['a length and chunks', `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`],
  ['chunks and a length', `${head}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${hidden}`],
  ['an encoding that is misspelt', `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`],
  ['an encoding behind another', `${head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n${hidden}`],
  ['a length with a sign', `${head}Content-Length: +5\r\n\r\nhello${hidden}`],
  ['a header on two lines', `${head}X: a\r\n Content-Length: 5\r\n\r\n${hidden}`],
  ['a space before the colon', `${head}Content-Length : 5\r\n\r\nhello${hidden}`],
  ['a bare line feed', `${head}X: a\nContent-Length: 5\r\n\r\nhello${hidden}`],
  ['a bare carriage return', `${head}X: a\rContent-Length: 5\r\n\r\nhello${hidden}`],
  ['a zero byte', `${head}X: a\0b\r\n\r\n${hidden}`],
  ['a chunk with a bad size', `${head}Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n${hidden}`],
  ['a header that is too large', `${head}X: ${'x'.repeat(20_000)}\r\n\r\n`],
])('%s never becomes a second request, nor one whose end is in doubt', async (_what, request) => {
  const reached: string[] = [];
  const origin = createNetServer((socket) => {
    socket.on('error', () => undefined).on('data', (chunk) => reached.push(chunk.toString('latin1')));
    setTimeout(() => socket.end('HTTP/1.1 204 No Content\r\n\r\n'), 20);
  });
  const room = await proxyTo(origin);
  await ask(room, request);
  const sent = reached.join('');
  expect(sent).not.toContain('evil');
  expect(sent).not.toContain('hello');
  expect(sent.match(/HTTP\/1\.1/g)?.length ?? 0).toBeLessThanOrEqual(1);
  expect(sent).not.toMatch(/Content-Length: [1-9]/i);
  expect(room.resolved).not.toContain('evil.example');
});

test('what follows a request on the same connection is no second request', async () => {
  const seen: (string | undefined)[] = [];
  const origin = createHttpServer((request: IncomingMessage, response: ServerResponse) => {
    seen.push(request.url);
    response.end('first');
  });
  const room = await proxyTo(origin);
  const answer = await ask(room, get('http://example.org/1') + get('http://example.org/2'));
  expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
  expect(seen).toEqual(['/1']);
});

test('the upload cap holds over all connections: what does not fit is not sent, and then nothing more is', async () => {
  const received: number[] = [];
  const origin = createNetServer((socket) => socket.on('error', () => undefined).on('data', (chunk) => received.push(chunk.length)));
  const room = await proxyTo(origin, undefined, { up: 150_000, down: 2 ** 20 });
  const half = 'x'.repeat(100_000);
  const first = client(room);
  first.write(`CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n${half}`);
  await vi.waitFor(() => expect(received.reduce((sum, bytes) => sum + bytes, 0)).toBe(100_000));
  expect(await ask(room, `POST http://example.org/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${half.length}\r\n\r\n${half}`)).not.toMatch(
    / 200 /,
  );
  await vi.waitFor(() => expect(room.lines.at(-1)).toMatchObject({ port: 80, refusal: 'the job has sent all that it may' }));
  expect(received.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(150_000);
  expect(await ask(room, tunnelTo('example.org:443'))).toMatch(/^HTTP\/1\.1 403 /);
});

test('the download cap cuts what comes back', async () => {
  const origin = createNetServer((socket) => {
    socket.on('error', () => undefined).write('y'.repeat(500_000));
  });
  const room = await proxyTo(origin, undefined, { up: 2 ** 20, down: 200_000 });
  const answer = await ask(room, tunnelTo('example.org:443'));
  expect(answer.length).toBeLessThan(200_100);
  await vi.waitFor(() => expect(room.lines.at(-1)).toMatchObject({ refusal: 'the job has received all that it may' }));
  expect(room.lines.at(-1)?.receivedBytes).toBeLessThanOrEqual(200_000);
});

test.each([
  ['HTTP/1.1 050 X\r\n\r\n', / 502 /],
  ['HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nx', / 502 /],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', / 502 /],
  ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', / 502 /],
  ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi', / 200 OK\r\n.*\r\nhi$/s],
  ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n\r\n', /Content-Length: 2\r\n.*\r\nhi$/s],
  ['HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello', /^(?!.*hello)/s],
  ['HTTP/1.0 200 OK\r\n\r\nuntil it closes', /Transfer-Encoding: chunked\r\n\r\nf\r\nuntil it closes\r\n0\r\n\r\n$/],
])('a server that answers %j gets no further than one answer', async (answer, expected) => {
  const origin = createNetServer((socket) => socket.on('error', () => undefined).once('data', () => socket.end(answer)));
  const room = await proxyTo(origin);
  expect(await ask(room, get('http://example.org/'))).toMatch(expected);
});

test('a server that never comes to its answer is cut off, and one that hints at it is not', async () => {
  const hint = 'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n';
  let hints = 0;
  const endless = createNetServer((socket) => {
    const more = setInterval(() => socket.write(hint) && hints++, 1);
    socket.on('error', () => undefined).once('close', () => clearInterval(more));
  });
  expect(await ask(await proxyTo(endless), get('http://example.org/'))).toMatch(/^HTTP\/1\.1 502 /);
  await vi.waitFor(async () => expect(await connectionsOf(endless)).toBe(0));
  expect(hints).toBeGreaterThan(8);
  const polite = createNetServer((socket) =>
    socket.once('data', () => socket.end(`${hint.repeat(8)}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi`)),
  );
  expect(await ask(await proxyTo(polite), get('http://example.org/'))).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\nhi$/s);
});

const connectionsOf = (server: ReturnType<typeof createNetServer>): Promise<number> =>
  new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });

test('HEAD is answered with a length and without a body', async () => {
  const origin = createNetServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n')));
  const room = await proxyTo(origin);
  const answer = await ask(room, get('http://example.org/').replace('GET', 'HEAD'));
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Length: 5\r\n.*\r\n\r\n$/s);
});

test('a server that is not there, or answers nonsense, is a failure the job is told of', async () => {
  const origin = createNetServer((socket) => socket.on('error', () => undefined).end('nonsense\r\n\r\n'));
  const room = await proxyTo(origin);
  expect(await ask(room, get('http://example.org/'))).toMatch(/^HTTP\/1\.1 502 /);
  origin.close();
  await vi.waitFor(() => expect(origin.listening).toBe(false));
  expect(await ask(room, tunnelTo('example.org:443'))).toMatch(/^HTTP\/1\.1 502 /);
  await vi.waitFor(() => expect(room.lines.at(-1)?.refusal).toBe('it could not be connected to (ECONNREFUSED)'));
});

test('a job that goes away takes its connections with it', async () => {
  const origin = createNetServer((socket) => socket.on('error', () => undefined));
  const room = await proxyTo(origin);
  const socket = client(room);
  socket.write(tunnelTo('example.org:443'));
  await new Promise((resolve) => socket.once('data', resolve));
  socket.destroy();
  await vi.waitFor(() => expect(room.lines).toHaveLength(2));
});

test('connections beyond the most at once are turned away, and on record', async () => {
  const room = await proxyTo(echo());
  const idle = Array.from({ length: 140 }, () => client(room).on('error', () => undefined));
  await vi.waitFor(() => expect(room.lines.length).toBeGreaterThan(5));
  expect(room.lines[0]?.refusal).toBe('more than 128 connections at once');
  for (const socket of idle) socket.destroy();
  await vi.waitFor(async () => expect(await ask(room, get('http://example.org/'))).toMatch(/ 200 /));
});
