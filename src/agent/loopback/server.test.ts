import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { implement } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ProblemError } from '../../contract/model/problem.ts';
import { tokenProtocol, WORKER_WS_PROTOCOL, workerContract } from '../../contract/worker-api.ts';
import { createLogger } from '../../lib/log.ts';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { type LoopbackServer, startLoopback } from './server.ts';
import type { WorkerRouter } from './worker-router.ts';

const TOKEN = 'ui_the-right-token';
const router = implement(workerContract) as unknown as WorkerRouter; // no procedure is called here: what is tested comes before any
const uiRoot = join(tempFolder(), 'ui');
let server: LoopbackServer;

beforeAll(async () => {
  mkdirSync(join(uiRoot, 'assets'), { recursive: true });
  writeFileSync(join(uiRoot, 'index.html'), '<!doctype html><title>Nightshift</title>');
  writeFileSync(join(uiRoot, '..', 'secret.txt'), 'secret');
  server = await startLoopback({ port: 0, uiRoot, token: TOKEN, router, logger: createLogger('test', 'silent') });
});
afterAll(() => server[Symbol.asyncDispose]());

/** How an attempt to connect ends: open, or the status or close code it was refused with. */
function attempt(options: {
  readonly token?: string;
  readonly host?: string;
  readonly origin?: string;
  readonly path?: string;
}): Promise<string> {
  const url = new URL(options.path ?? '/api', server.url);
  url.protocol = 'ws:';
  const headers = { ...(options.host && { host: options.host }), ...(options.origin && { origin: options.origin }) };
  const socket = new WebSocket(url, [WORKER_WS_PROTOCOL, ...(options.token ? [tokenProtocol(options.token)] : [])], { headers });
  return new Promise((resolve) => {
    socket.on('unexpected-response', (_request, response) => resolve(`status ${response.statusCode}`));
    socket.on('close', (code) => resolve(`closed ${code}`));
    socket.on('error', () => undefined);
    socket.on('open', () => setTimeout(() => (socket.readyState === WebSocket.OPEN ? resolve('open') : undefined), 100));
  });
}

const get = (path: string, host?: string): Promise<{ status: number; headers: Record<string, unknown>; body: string }> =>
  new Promise((resolve, reject) => {
    const call = request(new URL(server.url), { path, headers: host ? { host } : {} }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    call.on('error', reject).end();
  });

describe('the loopback server', () => {
  it('lets in who has the token, from its own page or from a program', async () => {
    expect(await attempt({ token: TOKEN })).toBe('open');
    expect(await attempt({ token: TOKEN, origin: server.url })).toBe('open');
  });

  it('refuses a wrong token and no token', async () => {
    expect(await attempt({ token: 'ui_a-wrong-token' })).toBe('closed 4401');
    expect(await attempt({})).toBe('closed 4401');
  });

  it('refuses another Host, as DNS rebinding would send it, whatever the token', async () => {
    expect(await attempt({ token: TOKEN, host: 'rebound.example:80' })).toBe('status 403');
    expect((await get('/', 'rebound.example')).status).toBe(403);
  });

  it('outlives a refused connection that breaks off, and closes although a refused one stays', async () => {
    const own = await startLoopback({ port: 0, uiRoot, token: TOKEN, router, logger: createLogger('test', 'silent') });
    const port = Number(new URL(own.url).port);
    const knock = async (): Promise<Socket> => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => undefined);
      socket.write(
        `GET /api HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: https://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'a'.repeat(22)}==\r\n\r\n`,
      );
      await once(socket, 'data');
      return socket;
    };
    (await knock()).resetAndDestroy();
    const stays = await knock(); // never answers the server's end with its own
    await own[Symbol.asyncDispose]();
    stays.destroy();
  }, 5_000);

  it("refuses another site's Origin, whatever the token", async () => {
    expect(await attempt({ token: TOKEN, origin: 'https://evil.example' })).toBe('status 403');
    expect(await attempt({ token: TOKEN, origin: 'null' })).toBe('status 403');
    expect(await attempt({ token: TOKEN, origin: `${server.url}0` })).toBe('status 403');
  });

  it('serves the UI under a strict content security policy, and nothing outside its folder', async () => {
    const page = await get('/');
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.headers['content-security-policy']).not.toContain('unsafe');
    for (const path of [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets',
      '/%E0%A4%A',
      '//',
      `/${'a'.repeat(5_000)}`,
      '/index.html/x',
    ]) {
      const answer = await get(path);
      expect(answer.status, path).toBe(404);
      expect(answer.body).not.toContain('secret');
    }
  });

  it('says in one sentence that its port is taken and what to do', async () => {
    const port = Number(new URL(server.url).port);
    const second = startLoopback({ port, uiRoot, token: TOKEN, router, logger: createLogger('test', 'silent') });
    await expect(second).rejects.toThrow(ProblemError);
    await expect(second).rejects.toThrow(/in use by another program.*--ui-port/);
  });
});
