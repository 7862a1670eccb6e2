import { execFile, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Sensor } from '../../signals.ts';
import { endProcess, startXServer, type XServer } from './testing/x11-server.ts';
import { openWindowProgram, type WindowProgram } from './testing/x11-window.ts';
import { openX11Fullscreen } from './x11-fullscreen.ts';

/* Debian packages beside those of testing/x11-server.ts: x11-xserver-utils (xset), openbox. */

const WAIT = { timeout: 20_000, interval: 50 };
const SCREEN = { x: 0, y: 0, width: 1280, height: 800 };

let server: XServer;
let program: WindowProgram;
let sensor: Sensor<'fullscreen'>;
let changes = 0;

/** The screen is looked at a little later than it is asked. */
const reads = (value: { readonly program: string | null } | null) =>
  vi.waitFor(() => expect(sensor.read()).toEqual({ kind: 'known', value, source: 'X11' }), WAIT);

beforeEach(async () => {
  server = await startXServer();
  program = await openWindowProgram(server.display);
  changes = 0;
  const opened = await openX11Fullscreen({
    env: { DISPLAY: server.display },
    monotonicMs: () => performance.now(),
    changed: () => {
      changes += 1;
    },
    root: '/',
  });
  if (!opened) throw new Error('the sensor says that it does not apply');
  sensor = opened;
});
afterEach(async () => {
  await sensor.close();
  program.close();
  await server.stop();
});

test('a borderless game fills the screen without any window manager, until it ends', async () => {
  await reads(null);
  const game = await program.show({ place: SCREEN, wmClass: 'Quake' });
  await reads({ program: 'Quake' });
  expect(changes).toBe(1);
  game.close();
  await reads(null);
  expect(changes).toBe(2);
});

test('a game past the window manager counts, its dialog on top does not hide it', async () => {
  await program.show({ place: SCREEN, wmClass: 'OldGame', overrideRedirect: true });
  await program.show({ place: { x: 400, y: 300, width: 300, height: 200 }, wmClass: 'Dialog' });
  await reads({ program: 'OldGame' });
});

test('a locker or a desktop on top of a film hides it', async () => {
  await program.show({ place: SCREEN, wmClass: 'mpv', states: ['_NET_WM_STATE_FULLSCREEN'] });
  await reads({ program: 'mpv' });
  const locker = await program.show({ place: SCREEN, wmClass: 'i3lock', overrideRedirect: true });
  await reads(null);
  locker.close();
  await reads({ program: 'mpv' });
  await program.show({ place: SCREEN, wmClass: 'Xfdesktop', types: ['_NET_WM_WINDOW_TYPE_DESKTOP'] });
  await reads(null);
});

test("the server's own blank screen is no film", async () => {
  await promisify(execFile)('xset', ['s', 'noblank', 's', 'activate'], { env: { ...process.env, DISPLAY: server.display } });
  for (let round = 0; round < 60; round++) {
    sensor.read();
    await sleep(50); // 3 s in all: it looks again every 2 s
  }
  expect(changes).toBe(0);
});

test('with a window manager: a film that asks for the whole screen counts, a maximised window and one that is put away do not', async () => {
  const manager = spawn('openbox', ['--config-file', '/dev/null'], { env: { ...process.env, DISPLAY: server.display }, stdio: 'ignore' });
  try {
    const small = { x: 100, y: 100, width: 320, height: 200 };
    const work = await program.show({
      place: small,
      wmClass: 'Editor',
      states: ['_NET_WM_STATE_MAXIMIZED_VERT', '_NET_WM_STATE_MAXIMIZED_HORZ'],
    });
    const film = await program.show({ place: small, wmClass: 'vlc', states: ['_NET_WM_STATE_FULLSCREEN'] });
    await reads({ program: 'vlc' });
    film.close();
    await reads(null);
    work.close();
    await program.show({ place: small, wmClass: 'vlc', states: ['_NET_WM_STATE_FULLSCREEN'] });
    await reads({ program: 'vlc' });
    await server.xdotool('search', '--class', 'vlc', 'windowminimize');
    await reads(null);
  } finally {
    await endProcess(manager);
  }
});

test('windows that come and go by the hundred leave it working', async () => {
  for (let round = 0; round < 100; round++) {
    const window = await program.show({ place: SCREEN, wmClass: 'Flicker' });
    sensor.read();
    window.close();
  }
  await reads(null);
  await program.show({ place: SCREEN, wmClass: 'Quake' });
  await reads({ program: 'Quake' });
});

test('a server that is killed or stopped reads unknown, and is looked at again when it is back', async () => {
  await reads(null);
  server.signal('SIGSTOP');
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ kind: 'unknown' }), WAIT);
  server.signal('SIGCONT');
  await reads(null);
  await server.stop();
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ kind: 'unknown' }), WAIT);
  server = await startXServer({ display: server.display });
  program = await openWindowProgram(server.display);
  await program.show({ place: SCREEN, wmClass: 'Quake' });
  await reads({ program: 'Quake' });
});
