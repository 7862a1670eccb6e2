import { lookup } from 'node:dns';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { hostNetwork } from '../egress/host-network.ts';
import { refusing } from '../egress/program/special-addresses.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Why there is no answer: `not-public`: the host leads into a private network; `too-large`: the body has no bearable end; else the way there failed. */
export class HttpFault extends Error {
  override readonly name = 'HttpFault';
  readonly kind: 'not-public' | 'too-large' | 'unreachable';

  constructor(kind: HttpFault['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export interface GetOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly maxBytes: number;
  /** For the whole of it, to the body's last byte. */
  readonly timeoutMs: number;
  /** Connect wherever the name leads; else to addresses of the internet only. */
  readonly anywhere: boolean;
  readonly signal: AbortSignal;
}

/**
 * One GET, no redirect followed. The address is checked where it is resolved, and that very address is dialled: fetch would resolve it once
 * more, and be given another one. Throws HttpFault, or the signal's reason.
 */
export async function get(url: URL, { headers, maxBytes, timeoutMs, anywhere, signal }: GetOptions): Promise<HttpAnswer> {
  signal.throwIfAborted();
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isRefused = anywhere ? () => false : refusing(hostNetwork().ownNetworks);
  // Nothing is looked up for an address in numbers.
  if (isIP(host) !== 0 && isRefused(host)) throw notPublic(host);
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    const ask = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const options = { headers: { 'accept-encoding': 'identity', ...headers }, agent: false, signal: AbortSignal.any([signal, timeout]) };
    const request = ask(url, { ...options, lookup: lookupWithout(isRefused) }, (response) => {
      readBody(response, maxBytes).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        (error: unknown) => {
          response.destroy();
          reject(error);
        },
      );
    });
    request.on('error', reject);
    request.end();
    return await promise;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HttpFault) throw error;
    const reason = timeout.aborted
      ? `no whole answer within ${timeoutMs / 1000} s`
      : error instanceof Error
        ? error.message
        : String(error);
    throw new HttpFault('unreachable', reason, { cause: error });
  }
}

async function readBody(response: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw new HttpFault('too-large', `the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const notPublic = (host: string): HttpFault => new HttpFault('not-public', `${host} is in a private network`);

/** Finds a name's addresses but those that are refused. */
const lookupWithout =
  (isRefused: (address: string) => boolean): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '');
      const addresses = found.filter(({ address }) => !isRefused(address));
      const [first] = addresses;
      if (first === undefined) return callback(notPublic(hostname), '');
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
