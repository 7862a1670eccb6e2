import type { IncomingMessage } from 'node:http';

/** What concerns one connection only (RFC 9110, 7.6.1, and what older programs send), and what is written anew for the next. */
const NOT_PASSED_ON = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'content-length',
  'expect',
  'host',
]);

/** Names and values in turn, as Node takes and gives them. */
type FlatHeaders = readonly string[];

/** The headers that go on, in their order, and none that `Connection` names. */
export function passedOn({ rawHeaders, headers }: IncomingMessage): FlatHeaders {
  const named = new Set((headers.connection ?? '').toLowerCase().split(/[\s,]+/));
  return rawHeaders.flatMap((name, index) => {
    const lower = name.toLowerCase();
    return index % 2 === 1 || NOT_PASSED_ON.has(lower) || named.has(lower) ? [] : [name, rawHeaders[index + 1] ?? ''];
  });
}

/**
 * How the length of a request's body is told on: by one header of our own, so that both ends agree where it ends. Node's parser has refused
 * what names two lengths. Null: an encoding that would have to be understood to be passed on.
 */
export function requestLength({ headers, method = '' }: IncomingMessage): FlatHeaders | null {
  const { 'transfer-encoding': encoding, 'content-length': length } = headers;
  if (encoding !== undefined) return encoding.toLowerCase() === 'chunked' ? ['Transfer-Encoding', 'chunked'] : null;
  if (length !== undefined) return ['Content-Length', length];
  return MEANS_A_BODY.has(method) ? ['Content-Length', '0'] : [];
}

/** As `requestLength`, for an answer; what has none is told on as Node does for the job's version of HTTP. */
export function responseLength({ headers }: IncomingMessage): FlatHeaders | null {
  const { 'transfer-encoding': encoding, 'content-length': length } = headers;
  if (encoding !== undefined) return encoding.toLowerCase() === 'chunked' ? [] : null;
  return length === undefined ? [] : ['Content-Length', length];
}

/** Node would announce one where these name no length. */
const MEANS_A_BODY = new Set(['POST', 'PUT', 'PATCH']);
