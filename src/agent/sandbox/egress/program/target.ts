/** Where a request to the proxy leads. `path`: what is asked for there; '' for a tunnel. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

export type Reading = { readonly kind: 'target'; readonly target: Target } | { readonly kind: 'refused'; readonly why: string };

const AUTHORITY = /^(?<host>[a-z0-9._-]{1,253})(?::(?<port>[1-9][0-9]{0,4}))?$/i;
const ABSOLUTE = /^http:\/\/(?<authority>[^/?#]*)(?<path>[/?][\x21-\x22\x24-\x7e]*)?$/i;
export const HTTP_PORT = 80;

/** Reads the target of a CONNECT request, `host:port`. */
export const readTunnel = (text: string): Reading => readAuthority(text, null, '');

/** Reads the target of any other request, which must be a whole `http://` address. */
export function readAddress(text: string): Reading {
  const { authority, path = '/' } = ABSOLUTE.exec(text)?.groups ?? {};
  if (authority === undefined) return refused('it is no http:// address');
  return readAuthority(authority, HTTP_PORT, path.startsWith('/') ? path : `/${path}`);
}

/**
 * The host is taken letter for letter, but for its case: nothing is decoded or normalised that could turn one name into another. An address
 * in numbers is refused in every spelling, because the list has names only.
 */
function readAuthority(text: string, defaultPort: number | null, path: string): Reading {
  if (text.includes('[') || /:.*:/.test(text)) return refused(IN_NUMBERS);
  const { host, port } = AUTHORITY.exec(text)?.groups ?? {};
  if (host === undefined) return refused('its host is no plain name');
  if (isInNumbers(host)) return refused(IN_NUMBERS);
  const number = port === undefined ? defaultPort : Number(port);
  if (number === null || number > 65_535) return refused('it names no port');
  return { kind: 'target', target: { host: host.toLowerCase(), port: number, path } };
}

const IN_NUMBERS = 'it is an address in numbers';

/** As the WHATWG URL standard tells an IPv4 address ("ends in a number"): by the last part, decimal, octal or hexadecimal, a dot after it or not. */
function isInNumbers(host: string): boolean {
  const last = host.replace(/\.+$/, '').split('.').at(-1) ?? '';
  return /^(?:[0-9]+|0x[0-9a-f]*)$/i.test(last);
}

const refused = (why: string): Reading => ({ kind: 'refused', why });
