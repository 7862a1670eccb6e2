import { execFile, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { tempFolder } from '../../../../lib/testing/temp-folder.ts';
import type { SensorContext } from '../../signals.ts';
import { endProcess } from './testing/x11-server.ts';
import { openWaylandIdle } from './wayland-idle.ts';

/* A real compositor, Debian 12's sway without a screen; it has the older protocol. Debian packages: sway, wtype, util-linux. */

const WAIT = { timeout: 20_000, interval: 50 };
/** Debian's and most others' user without rights: sway refuses to run as root. */
const NOBODY = 65_534;

let folder: string;
let sway: Awaited<ReturnType<typeof startSway>>;

async function startSway() {
  const child = spawn('setpriv', [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', 'sway', '-c', join(folder, 'config')], {
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      XDG_RUNTIME_DIR: folder,
      WLR_BACKENDS: 'headless',
      WLR_LIBINPUT_NO_DEVICES: '1',
      WLR_RENDERER: 'pixman',
    },
    stdio: 'ignore',
  });
  const display = await vi.waitFor(() => {
    const found = readdirSync(folder).find((name) => /^wayland-\d+$/.test(name));
    if (!found || !existsSync(join(folder, found))) throw new Error('sway does not listen yet');
    return found;
  }, WAIT);
  const env = { XDG_RUNTIME_DIR: folder, WAYLAND_DISPLAY: display };
  return {
    child,
    env,
    type: (key: string) => promisify(execFile)('wtype', [key], { env: { ...process.env, ...env } }),
  };
}

let changes = 0;
const context = (): SensorContext => ({
  env: sway.env,
  monotonicMs: () => performance.now(),
  changed: () => {
    changes += 1;
  },
  root: '/',
});

beforeEach(async () => {
  folder = tempFolder();
  writeFileSync(join(folder, 'config'), 'xwayland disable\n');
  chownSync(folder, NOBODY, NOBODY);
  chmodSync(folder, 0o700);
  changes = 0;
  sway = await startSway();
});
afterEach(() => endProcess(sway.child));

test('a key press after a pause is told at once; the pause is counted', async () => {
  const sensor = await openWaylandIdle(context());
  const idleMs = (): number => {
    const reading = sensor?.read();
    return reading?.kind === 'known' ? reading.value.idleMs : Number.NaN;
  };
  await vi.waitFor(() => expect(idleMs()).toBeGreaterThan(1_000), WAIT);
  expect(changes).toBe(0);
  const beforeMs = performance.now();
  await sway.type('a');
  await vi.waitFor(() => expect(changes).toBeGreaterThan(0), WAIT);
  expect(idleMs()).toBeLessThan(performance.now() - beforeMs);
  await vi.waitFor(() => expect(idleMs()).toBeGreaterThan(1_000), WAIT);
  await sensor?.close();
});

test('a compositor that is stopped reads unknown, and is known again when it goes on', async () => {
  const sensor = await openWaylandIdle(context());
  sway.child.kill('SIGSTOP');
  await vi.waitFor(() => expect(sensor?.read()).toMatchObject({ kind: 'unknown' }), WAIT);
  sway.child.kill('SIGCONT');
  await vi.waitFor(() => expect(sensor?.read()).toMatchObject({ kind: 'known' }), WAIT);
  await sensor?.close();
});

test('a compositor that is killed reads unknown, and is known again when it is back', async () => {
  const sensor = await openWaylandIdle(context());
  await endProcess(sway.child);
  await vi.waitFor(() => expect(sensor?.read()).toMatchObject({ kind: 'unknown' }), WAIT);
  await sleep(100);
  sway = await startSway();
  await vi.waitFor(() => expect(sensor?.read()).toMatchObject({ kind: 'known' }), WAIT);
  await sensor?.close();
});
