import { createSocket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { lanContent } from './content.ts';
import { answerFrom, readQuestion } from './dns.ts';
import { ZONE } from './topology.ts';

/*
 * One machine of the fake LAN: answers on its ports, on all its addresses, and remembers who came. Run in its network namespace as
 * `node node.ts <JSON of NodeConfig>` with an IPC channel: each 'take' is answered by what came since the last one, and names
 * that have several answers begin anew; ends with the channel.
 */
export interface NodeConfig {
  readonly tcp: readonly number[];
  readonly udp: readonly number[];
  readonly dns: boolean;
}

/** Something that came. `dns`: `what` is the name asked for. `upload`: how many bytes of a body. */
export interface Arrival {
  readonly kind: 'tcp' | 'udp' | 'dns' | 'upload' | 'echo';
  readonly to: string;
  readonly from: string;
  readonly what: string;
}

const plain = (address: string | undefined): string => (address ?? '').replace(/^::ffff:|%.*$/g, '');

/** How many echo requests this namespace's kernel has answered (proc(5), net/snmp). */
function echoReplies(): number {
  const [names = '', values = ''] = readFileSync('/proc/net/snmp', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('Icmp:'));
  const v4 = Number(values.split(' ')[names.split(' ').indexOf('OutEchoReps')]);
  const v6 = /^Icmp6OutEchoReplies\s+(\d+)/m.exec(existsSync('/proc/net/snmp6') ? readFileSync('/proc/net/snmp6', 'utf8') : '')?.[1] ?? '0';
  return v4 + Number(v6);
}

/** GET /content, GET /bytes?n=, GET /redirect?to=, POST (counted). */
function answer(request: IncomingMessage, response: ServerResponse, note: (arrival: Arrival) => void): void {
  const url = new URL(request.url ?? '/', 'http://lan');
  const size = Number(url.searchParams.get('n') ?? 0);
  if (request.method === 'POST') {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.once('close', () => note({ kind: 'upload', to: String(request.socket.localPort), from: '', what: String(bytes) }));
    request.once('end', () => response.end(String(bytes)));
  } else if (url.pathname === '/redirect') {
    response.writeHead(302, { location: url.searchParams.get('to') ?? '' }).end();
  } else if (url.pathname === '/bytes') {
    const chunk = Buffer.alloc(256 * 2 ** 10, 7);
    response.writeHead(200, { 'content-length': size });
    Readable.from(chunks(chunk, size)).pipe(response);
  } else {
    response.end(url.pathname === '/content' ? lanContent() : 'here');
  }
}

function* chunks(chunk: Buffer, size: number): Generator<Buffer> {
  for (let left = size; left > 0; left -= chunk.length) yield left < chunk.length ? chunk.subarray(0, left) : chunk;
}

async function serve(config: NodeConfig): Promise<() => readonly Arrival[]> {
  let arrivals: Arrival[] = [];
  let echoesBefore = echoReplies();
  const note = (arrival: Arrival): void => void arrivals.push(arrival);
  let answerTo = answerFrom(ZONE);
  const listening: Promise<void>[] = [];

  for (const port of config.tcp) {
    const server = createServer((request, response) => answer(request, response, note));
    server.on('connection', (socket) =>
      note({ kind: 'tcp', to: `${plain(socket.localAddress)}:${port}`, from: plain(socket.remoteAddress), what: '' }),
    );
    listening.push(new Promise((resolve) => server.listen(port, '::', resolve)));
  }
  for (const port of config.udp) {
    const socket = createSocket({ type: 'udp6', reuseAddr: true });
    socket.on('message', (message, from) => note({ kind: 'udp', to: String(port), from: plain(from.address), what: message.toString() }));
    listening.push(new Promise((resolve) => socket.bind(port, '::', resolve)));
  }
  if (config.dns) {
    const noteQuery = (message: Buffer, from: string | undefined, to: string): void =>
      note({ kind: 'dns', to, from: plain(from), what: readQuestion(message).name.toLowerCase() });
    const socket = createSocket('udp6');
    socket.on('message', (message, from) => {
      noteQuery(message, from.address, 'udp');
      socket.send(answerTo(message), from.port, from.address);
    });
    listening.push(new Promise((resolve) => socket.bind(53, '::', resolve)));
    const server = createTcpServer((connection) => {
      connection.on('error', () => connection.destroy());
      connection.once('data', (data) => {
        const message = data.subarray(2); // its length comes first; a query of ours comes in one piece
        noteQuery(message, connection.remoteAddress, 'tcp');
        const response = answerTo(message);
        const length = Buffer.alloc(2);
        length.writeUInt16BE(response.length);
        connection.end(Buffer.concat([length, response]));
      });
    });
    listening.push(new Promise((resolve) => server.listen(53, '::', resolve)));
  }
  await Promise.all(listening);
  return () => {
    const taken = arrivals;
    arrivals = [];
    answerTo = answerFrom(ZONE);
    const echoes = echoReplies();
    for (; echoesBefore < echoes; echoesBefore++) taken.push({ kind: 'echo', to: '', from: '', what: '' });
    return taken;
  };
}

/** What has arrived in the kernel already is read within one turn of the event loop; this is many. */
const SETTLE_MS = 50;

const take = await serve(JSON.parse(process.argv[2] ?? '') as NodeConfig); // written by lab.ts
process.on('message', () => void sleep(SETTLE_MS).then(() => process.send?.(take())));
process.once('disconnect', () => process.exit());
process.send?.('ready');
