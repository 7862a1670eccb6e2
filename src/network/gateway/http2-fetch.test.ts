import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { MAX_WORKER_MESSAGE_BYTES } from '../constants.ts';
import { fetchOver } from './http2-fetch.ts';

test('an answer without an end fails its reader instead of filling the memory; many short events do not', async () => {
  const server = http2.createServer().listen(0, '127.0.0.1');
  server.on('stream', (stream, { ':path': path }) => {
    stream.on('error', () => undefined); // the reader hangs up
    stream.respond({ ':status': 200 });
    const chunk = Buffer.alloc(2 ** 16, 'x');
    if (path === '/events') chunk.write('\n\n', 100);
    let left = (2 * MAX_WORKER_MESSAGE_BYTES) / chunk.length;
    const pour = (): void => {
      while (left > 0 && !stream.destroyed) {
        left -= 1;
        if (!stream.write(chunk)) return void stream.once('drain', pour);
      }
      stream.end();
    };
    pour();
  });
  await once(server, 'listening');
  const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const get = async (path: string): Promise<string> => (await fetchOver(session)(new Request(`http://worker${path}`))).text();
  try {
    await expect(get('/endless')).rejects.toThrow();
    expect((await get('/events')).length).toBe(2 * MAX_WORKER_MESSAGE_BYTES);
  } finally {
    session.destroy();
    server.close();
  }
});
