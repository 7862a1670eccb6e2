import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { tempFolder } from '../../../../lib/testing/temp-folder.ts';
import type { Sensor, SensorContext } from '../../signals.ts';
import { startWaylandDouble, type WaylandDouble } from './testing/wayland-double.ts';
import { chooseNotifier, openWaylandIdle, waylandSocket } from './wayland-idle.ts';

const WAIT = { timeout: 10_000, interval: 10 };
const PAUSE_MS = 500;

let nowMs = 100_000;
let changes = 0;
let folder: string;
let context: SensorContext;
let sensor: Sensor<'input'> | null = null;
let compositor: WaylandDouble | null = null;

beforeEach(() => {
  folder = tempFolder();
  changes = 0;
  context = {
    env: { WAYLAND_DISPLAY: 'wayland-7', XDG_RUNTIME_DIR: folder },
    monotonicMs: () => nowMs,
    changed: () => {
      changes += 1;
    },
    root: '/',
  };
});
afterEach(async () => {
  await sensor?.close();
  await compositor?.close();
  sensor = null;
  compositor = null;
});

const start = async (notifierVersion: 1 | 2 | null): Promise<WaylandDouble> => {
  compositor = await startWaylandDouble(join(folder, 'wayland-7'), { notifierVersion });
  return compositor;
};

const reads = (expected: object) => vi.waitFor(() => expect(sensor?.read()).toMatchObject(expected), WAIT);

test('the pause is counted from the last input, and its end is told at once', async () => {
  const { idled, resumed } = await start(2);
  sensor = await openWaylandIdle(context);
  expect(sensor?.read()).toEqual({ kind: 'known', value: { idleMs: 0 }, source: 'Wayland' });
  nowMs += PAUSE_MS;
  idled();
  await reads({ value: { idleMs: PAUSE_MS } });
  nowMs += 60_000;
  expect(sensor?.read()).toMatchObject({ kind: 'unknown' }); // the compositor has owed an answer for a minute of our clock
  await reads({ value: { idleMs: PAUSE_MS + 60_000 } });
  resumed();
  await vi.waitFor(() => expect(changes).toBe(1), WAIT);
  expect(sensor?.read()).toMatchObject({ value: { idleMs: 0 } });
});

test('version 2 is asked for the input itself, which a film that keeps the screen on does not hide', async () => {
  const { asked } = await start(2);
  sensor = await openWaylandIdle(context);
  expect(asked).toEqual([{ opcode: 2, timeoutMs: PAUSE_MS }]);
});

test('version 1 is asked for what it has', async () => {
  const { asked } = await start(1);
  sensor = await openWaylandIdle(context);
  expect(asked).toEqual([{ opcode: 1, timeoutMs: PAUSE_MS }]);
});

test('ids given back are used again, so that the compositor keeps no growing table', async () => {
  const { highestId } = await start(2);
  sensor = await openWaylandIdle(context);
  const afterOpening = highestId();
  for (let round = 0; round < 300; round++) {
    sensor?.read();
    await new Promise(setImmediate);
  }
  expect(highestId()).toBeLessThanOrEqual(afterOpening + 1);
});

test('a compositor that hangs is unknown, and known again when it goes on', async () => {
  const { hang, wake } = await start(2);
  sensor = await openWaylandIdle(context);
  hang();
  sensor?.read();
  nowMs += 3_000;
  expect(sensor?.read()).toMatchObject({ kind: 'unknown', detail: expect.stringContaining('answer') });
  wake();
  await reads({ kind: 'known' });
});

test('a compositor that ends is unknown, is looked for every few seconds, and is known again when it is back', async () => {
  await start(2);
  sensor = await openWaylandIdle(context);
  await compositor?.close();
  await reads({ kind: 'unknown', fix: expect.any(String) });
  expect(changes).toBe(1);
  await start(2);
  expect(sensor?.read()).toMatchObject({ kind: 'unknown' });
  nowMs += 5_000;
  await reads({ kind: 'known' });
});

test('it applies neither without a Wayland session nor where the compositor tells no pauses', async () => {
  expect(await openWaylandIdle({ ...context, env: { DISPLAY: ':0', XDG_RUNTIME_DIR: folder } })).toBeNull();
  await start(null);
  expect(await openWaylandIdle(context)).toBeNull();
});

test('a session whose compositor does not run is unknown', async () => {
  sensor = await openWaylandIdle(context);
  expect(sensor?.read()).toMatchObject({ kind: 'unknown', detail: 'No Wayland compositor runs here.' });
});

test('the older protocol of KWin and wlroots is taken only where the newer one is missing', () => {
  const kde = { name: 3, interfaceName: 'org_kde_kwin_idle', version: 1 };
  const ext = { name: 4, interfaceName: 'ext_idle_notifier_v1', version: 3 };
  expect(chooseNotifier([kde, ext])).toMatchObject({ global: ext, version: 2 });
  expect(chooseNotifier([kde])?.args(20, 9)).toEqual([20, 9, PAUSE_MS]);
  expect(chooseNotifier([])).toBeNull();
});

test('the socket is found by the rules of libwayland', () => {
  expect(waylandSocket({ WAYLAND_DISPLAY: '/run/w', XDG_RUNTIME_DIR: '/x' })).toBe('/run/w');
  expect(waylandSocket({ XDG_SESSION_TYPE: 'wayland', XDG_RUNTIME_DIR: '/x' })).toBe('/x/wayland-0');
  expect(waylandSocket({ WAYLAND_DISPLAY: 'wayland-1' })).toBeNull();
});
