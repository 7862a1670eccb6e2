import type { IncomingMessage } from 'node:http';

/** Path and query of a request. Never throws: `new URL` does, for example on "//", and a stranger chooses this text. */
export function requestPath(request: IncomingMessage): { readonly pathname: string; readonly query: URLSearchParams } {
  const [pathname = '/', query = ''] = (request.url ?? '/').split('?', 2);
  return { pathname, query: new URLSearchParams(query) };
}
