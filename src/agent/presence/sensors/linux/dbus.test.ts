import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Variant } from '@jellybrick/dbus-next';
import fc from 'fast-check';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { attachBus, busAddress, plain } from './dbus.ts';

const folder = mkdtempSync(join(tmpdir(), 'nightshift-dbus-'));
const servers: Server[] = [];
let count = 0;

/** Something that calls itself a bus: agrees to everything and then says what it is given. */
async function fakeBus(answer: (socket: Socket) => void): Promise<string> {
  const path = join(folder, `bus${count++}`);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      if (chunk.includes('AUTH')) socket.write('OK 0123456789abcdef0123456789abcdef\r\n');
      if (chunk.includes('BEGIN')) answer(socket);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return `unix:path=${path}`;
}

function firstDown(address: string): Promise<{ readonly detail: string; readonly nobody: boolean }> {
  const { promise, resolve } = Promise.withResolvers<{ readonly detail: string; readonly nobody: boolean }>();
  const use = attachBus(address, {
    up: () => undefined,
    signal: () => undefined,
    down: (detail, nobody) => {
      use[Symbol.dispose]();
      resolve({ detail, nobody });
    },
  });
  return promise;
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.skipIf(process.platform === 'win32')('a bus that talks nonsense is left, and takes nothing along', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 400 }), async (noise) => {
      // A message whose lengths are true and whose content is not.
      const message = Buffer.from(noise);
      message.writeUInt8('l'.charCodeAt(0), 0);
      message.writeUInt32LE(message.length - 32, 4);
      message.writeUInt32LE(16, 12);
      const address = await fakeBus((socket) => socket.end(message));
      expect((await firstDown(address)).nobody).toBe(false);
    }),
    { numRuns: 50 },
  );
});

test.skipIf(process.platform === 'win32')('a bus that never answers is given up', async () => {
  const begun = Promise.withResolvers<void>();
  const address = await fakeBus(() => begun.resolve());
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const down = firstDown(address);
  await begun.promise;
  vi.advanceTimersByTime(60_000);
  vi.useRealTimers();
  expect(await down).toMatchObject({ nobody: false, detail: expect.stringContaining('does not answer') });
});

test.skipIf(process.platform === 'win32')('an address at which nobody listens is no bus', async () => {
  expect(await firstDown(`unix:path=${join(folder, 'none')}`)).toMatchObject({ nobody: true });
});

test('an address that cannot be used is told as a fault', async () => {
  expect(await firstDown('carrier-pigeon:name=1')).toMatchObject({ nobody: false, detail: expect.stringContaining('carrier-pigeon') });
});

test('the environment names the bus; without it only a socket that is there does', () => {
  expect(busAddress('system', { env: { DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/a' }, root: '/' })).toBe('unix:path=/a');
  expect(busAddress('session', { env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/b' }, root: '/' })).toBe('unix:path=/b');
  expect(busAddress('system', { env: {}, root: '/nonexistent' })).toBeNull();
  expect(busAddress('session', { env: { XDG_RUNTIME_DIR: '/nonexistent' }, root: '/' })).toBeNull();
});

test('variants are unwrapped at every depth', () => {
  const value = { a: new Variant('as', ['x']), b: [new Variant('v', new Variant('u', 1))], c: 5n };
  expect(plain(value)).toEqual({ a: ['x'], b: [1], c: 5n });
});
