import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { tempFolder } from '../../../../lib/testing/temp-folder.ts';
import type { Sensor, SensorContext } from '../../signals.ts';
import { startXServer, type XServer } from './testing/x11-server.ts';
import { openX11Input } from './x11-input.ts';

const WAIT = { timeout: 20_000, interval: 50 };
/** Longer than the pause after which an input is news. */
const PAUSE_MS = 600;

let server: XServer;
let changes = 0;
const opened: Sensor<'input'>[] = [];

async function open(env: SensorContext['env']): Promise<Sensor<'input'>> {
  const context = {
    env,
    monotonicMs: () => performance.now(),
    changed: () => {
      changes += 1;
    },
    root: '/',
  };
  const sensor = await openX11Input(context);
  if (!sensor) throw new Error('the sensor says that it does not apply');
  opened.push(sensor);
  return sensor;
}

const idleMs = (sensor: Sensor<'input'>): number => {
  const reading = sensor.read();
  return reading.kind === 'known' ? reading.value.idleMs : Number.NaN;
};

beforeEach(async () => {
  changes = 0;
  server = await startXServer();
});
afterEach(async () => {
  for (const sensor of opened.splice(0)) await sensor.close();
  await server.stop();
});

test.each([
  ['a key press', ['key', 'a']],
  ['a mouse move', ['mousemove_relative', '7', '5']],
  ['a click', ['click', '1']],
])('%s after a pause is told at once, without a reading', async (_, words) => {
  const sensor = await open({ DISPLAY: server.display });
  await sleep(PAUSE_MS);
  expect(idleMs(sensor)).toBeGreaterThan(PAUSE_MS / 2);
  expect(changes).toBe(0);
  const beforeMs = performance.now();
  await server.xdotool(...words);
  await vi.waitFor(() => expect(changes).toBe(1), WAIT);
  expect(idleMs(sensor)).toBeLessThan(performance.now() - beforeMs);
});

test('a server that is killed is unknown, and known again when it is back', async () => {
  const sensor = await open({ DISPLAY: server.display });
  expect(sensor.read()).toMatchObject({ kind: 'known' });
  await server.stop();
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ kind: 'unknown', detail: expect.stringContaining(server.display) }), WAIT);
  expect(changes).toBeGreaterThan(0);
  server = await startXServer({ display: server.display });
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ kind: 'known' }), WAIT);
});

test('a server that is stopped holds up no reading, reads unknown, and is known again when it goes on', async () => {
  const sensor = await open({ DISPLAY: server.display });
  server.signal('SIGSTOP');
  const startedMs = performance.now();
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ kind: 'unknown', detail: expect.stringContaining('answer') }), WAIT);
  expect(performance.now() - startedMs).toBeGreaterThan(1_000);
  server.signal('SIGCONT');
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ kind: 'known' }), WAIT);
});

test('a server that is stopped while Nightshift starts is unknown', async () => {
  server.signal('SIGSTOP');
  const sensor = await open({ DISPLAY: server.display });
  expect(sensor.read()).toMatchObject({ kind: 'unknown' });
  server.signal('SIGCONT');
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ kind: 'known' }), WAIT);
});

test('a display that lets nobody in without its cookie refuses, and opens with it', async () => {
  const cookie = randomBytes(16);
  const field = (data: Buffer): Buffer => Buffer.concat([Buffer.from([0, data.length]), data]);
  const anyHost = Buffer.from([0xff, 0xff]);
  const entry = [anyHost, field(Buffer.alloc(0)), field(Buffer.alloc(0)), field(Buffer.from('MIT-MAGIC-COOKIE-1')), field(cookie)];
  const authFile = join(tempFolder(), 'Xauthority');
  writeFileSync(authFile, Buffer.concat(entry));
  const strict = await startXServer({ authFile });
  try {
    const stranger = await open({ DISPLAY: strict.display });
    expect(stranger.read()).toMatchObject({ kind: 'unknown', detail: expect.stringContaining('refuses'), fix: expect.any(String) });
    const owner = await open({ DISPLAY: strict.display, XAUTHORITY: authFile });
    expect(owner.read()).toMatchObject({ kind: 'known' });
  } finally {
    await strict.stop();
  }
});
