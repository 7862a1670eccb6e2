import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/** Strict: the page runs only its own files and talks only to its own origin. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), usb=()',
};

/** Serves the built UI from one folder; nothing outside it, no listing. Rejects when the file could not be sent whole. */
export async function serveStatic(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, HEADERS).end();
    return;
  }
  const path = URL.parse(request.url ?? '/', 'http://loopback')?.pathname ?? ''; // never decoded: no file of the UI needs it
  const file = normalize(join(root, path === '/' ? '/index.html' : path));
  await using found = file.startsWith(root + sep) ? await openFile(file) : null;
  if (!found) {
    response
      .writeHead(404, { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' })
      .end('Nothing here. Open the address that Nightshift printed.\n');
    return;
  }
  const hashed = path.startsWith('/assets/');
  response.writeHead(200, {
    ...HEADERS,
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'cache-control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(found.createReadStream({ autoClose: false }), response);
}

/** The file, open, so that a new build of the UI cannot take it away meanwhile. Null where there is no such file. */
async function openFile(path: string): Promise<FileHandle | null> {
  const handle = await open(path).catch(() => null); // whatever keeps it from being read: there is nothing here
  if (handle && (await handle.stat()).isFile()) return handle;
  await handle?.close();
  return null;
}
