import { Variant } from '@jellybrick/dbus-next';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Sensor, SensorContext } from '../../signals.ts';
import { type Mock, startBus, startMock, type TestBus } from '../../testing/buses.ts';
import { openMutterIdle } from './mutter-idle.ts';

/* GNOME Shell is doubled by dbusmock, after org.gnome.Mutter.IdleMonitor.xml: a real one needs a screen and 1 GB of packages. */

const NAME = 'org.gnome.Mutter.IdleMonitor';
const CORE = '/org/gnome/Mutter/IdleMonitor/Core';
const WAIT = { timeout: 20_000, interval: 50 };

let bus: TestBus;
let mutter: Mock;
let changes = 0;
let aheadMs = 0;
let sensor: Sensor<'input'> | null = null;

const context = (env: SensorContext['env'] = {}): SensorContext => ({
  env: { DBUS_SESSION_BUS_ADDRESS: bus.address, WAYLAND_DISPLAY: 'wayland-0', ...env },
  monotonicMs: () => performance.now() + aheadMs,
  changed: () => {
    changes += 1;
  },
  root: '/',
});

async function startMutter(idleMs: number): Promise<Mock> {
  const mock = await startMock(bus, { name: NAME, path: CORE, interface: NAME });
  await mock.mock(CORE, 'AddMethod', 'sssss', [NAME, 'AddUserActiveWatch', '', 'u', 'ret = 1']);
  await idle(mock, idleMs);
  return mock;
}
const idle = (mock: Mock, idleMs: number) => mock.mock(CORE, 'AddMethod', 'sssss', [NAME, 'GetIdletime', '', 't', `ret = ${idleMs}`]);
const watches = async (): Promise<number> => {
  const [calls] = await mutter.mock(CORE, 'GetMethodCalls', 's', ['AddUserActiveWatch']);
  return Array.isArray(calls) ? calls.length : 0;
};
const ownerActs = async (): Promise<void> => {
  await idle(mutter, 0);
  await mutter.emit(CORE, NAME, 'WatchFired', 'u', [new Variant('u', 1)]);
};
const idleMs = (): number => {
  const reading = sensor?.read();
  return reading?.kind === 'known' ? reading.value.idleMs : Number.NaN;
};

beforeEach(async () => {
  bus = await startBus();
  mutter = await startMutter(60_000);
  changes = 0;
  aheadMs = 0;
});
afterEach(async () => {
  await sensor?.close();
  sensor = null;
  await mutter.stop();
  await bus.stop();
});

test('an owner who comes back is told at once, and the watch is set again for the next time', async () => {
  sensor = await openMutterIdle(context());
  expect(idleMs()).toBeGreaterThanOrEqual(60_000);
  expect(await watches()).toBe(1);
  const before = changes;
  await ownerActs();
  await vi.waitFor(() => expect(changes).toBe(before + 1), WAIT);
  expect(idleMs()).toBeLessThan(30_000);
  expect(await watches()).toBe(2);
});

test('between two inputs the time grows by itself', async () => {
  sensor = await openMutterIdle(context());
  const before = idleMs();
  await vi.waitFor(() => expect(idleMs()).toBeGreaterThan(before), WAIT);
});

test('an input whose signal was missed is found by asking', async () => {
  sensor = await openMutterIdle(context());
  await idle(mutter, 0);
  aheadMs += 10_000; // it asks every 5 s
  await vi.waitFor(() => expect(idleMs()).toBeLessThan(30_000), WAIT);
});

test('a GNOME Shell that no longer answers is unknown, and known again when it does', async () => {
  sensor = await openMutterIdle(context());
  await mutter.mock(CORE, 'AddMethod', 'sssss', [NAME, 'GetIdletime', '', 't', 'raise ValueError("broken")']);
  aheadMs += 10_000;
  await vi.waitFor(() => expect(sensor?.read()).toMatchObject({ kind: 'unknown', fix: expect.any(String) }), WAIT);
  await idle(mutter, 5);
  aheadMs += 10_000;
  await vi.waitFor(() => expect(sensor?.read()).toMatchObject({ kind: 'known' }), WAIT);
});

test('a GNOME Shell that ends is unknown, and followed again when it is back', async () => {
  sensor = await openMutterIdle(context());
  await mutter.stop();
  await vi.waitFor(() => expect(sensor?.read()).toMatchObject({ kind: 'unknown', detail: 'GNOME Shell does not run.' }), WAIT);
  expect(changes).toBeGreaterThan(0);
  mutter = await startMutter(1_000);
  await vi.waitFor(() => expect(idleMs()).toBeLessThan(60_000), { timeout: 60_000, interval: 50 });
});

test('a session bus that ends is unknown, and found again when it is back', async () => {
  sensor = await openMutterIdle(context());
  await bus.stop();
  await vi.waitFor(() => expect(sensor?.read()).toMatchObject({ kind: 'unknown' }), WAIT);
  await mutter.stop();
  bus = await startBus(bus.address);
  mutter = await startMutter(1_000);
  await vi.waitFor(() => expect(sensor?.read()).toMatchObject({ kind: 'known' }), { timeout: 60_000, interval: 50 });
});

test('it applies where GNOME or something with its service runs under Wayland, and nowhere else', async () => {
  expect(await openMutterIdle(context({ WAYLAND_DISPLAY: undefined, DISPLAY: ':0', XDG_CURRENT_DESKTOP: 'GNOME' }))).toBeNull();
  await mutter.stop();
  expect(await openMutterIdle(context({ XDG_CURRENT_DESKTOP: 'KDE' }))).toBeNull();
  sensor = await openMutterIdle(context({ XDG_CURRENT_DESKTOP: 'ubuntu:GNOME' }));
  expect(sensor?.read()).toMatchObject({ kind: 'unknown' });
});
