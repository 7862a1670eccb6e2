import { Variant } from '@jellybrick/dbus-next';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Sensor, SensorContext } from '../../signals.ts';
import { takeSleepLock } from '../../sleep/system-lock.ts';
import { holdLock, type Mock, startBus, startMock, type TestBus } from '../../testing/buses.ts';
import { openInhibitors } from './inhibitors.ts';
import { LOGIND, LOGIND_MANAGER, LOGIND_PATH } from './logind-sessions.ts';

const WAIT = { timeout: 15_000, interval: 50 };
const GNOME = 'org.gnome.SessionManager';
const GNOME_PATH = '/org/gnome/SessionManager';
const KDE = 'org.kde.Solid.PowerManagement.PolicyAgent';
const KDE_PATH = '/org/kde/Solid/PowerManagement/PolicyAgent';
const FREEDESKTOP = 'org.freedesktop.PowerManagement';

let bus: TestBus;
const stops: (() => unknown)[] = [];
const context = (env: SensorContext['env']): SensorContext => ({
  env,
  monotonicMs: () => performance.now(),
  changed: () => undefined,
  root: '/nonexistent',
});

async function open(env: SensorContext['env']): Promise<Sensor<'inhibitor'>> {
  const sensor = await openInhibitors(context(env));
  if (sensor === null) throw new Error('the sensor says that it does not apply');
  stops.push(() => sensor.close());
  return sensor;
}
async function start(plan: Parameters<typeof startMock>[1]): Promise<Mock> {
  const mock = await startMock(bus, plan);
  stops.push(mock.stop);
  return mock;
}

beforeEach(async () => {
  bus = await startBus();
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  await bus.stop();
});

test('a film that starts and ends is seen at logind; a backup, a delay and our own lock are not', async () => {
  const logind = await start({ template: 'logind', name: LOGIND });
  await logind.mock(LOGIND_PATH, 'AddProperty', 'ssv', [LOGIND_MANAGER, 'BlockInhibited', new Variant('s', '')]);
  const news = () => logind.update(LOGIND_PATH, LOGIND_MANAGER, { BlockInhibited: new Variant('s', '') }); // logind sends it, the mock does not
  const env = { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: bus.address, DBUS_SESSION_BUS_ADDRESS: undefined, XDG_RUNTIME_DIR: undefined };
  const backup = await holdLock(bus, 'sleep:shutdown', 'Backup', 'Copies files');
  const ours = await takeSleepLock(env, 'block', 'Works');
  if (ours.kind !== 'held') throw new Error(ours.detail);
  const sensor = await open(env);
  expect(sensor.read()).toEqual({ kind: 'known', source: 'inhibitors', value: [] });

  const film = await holdLock(bus, 'idle:sleep', 'Film player', 'Plays a film');
  await news();
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ value: [{ who: 'Film player', why: 'Plays a film' }] }), WAIT);
  await film.stop();
  await vi.waitFor(async () => {
    await news();
    expect(sensor.read()).toMatchObject({ value: [] });
  }, WAIT);
  await backup.stop();
  await ours.lock.release();
  await logind.stop();
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ kind: 'unknown', detail: expect.stringContaining('logind') }), WAIT);
});

test('a film is seen at the session manager of GNOME, which may start after us; a download is not', async () => {
  const sensor = await open({ DBUS_SESSION_BUS_ADDRESS: bus.address });
  expect(sensor.read()).toMatchObject({ kind: 'absent' });
  const gnome = await start({ name: GNOME, path: GNOME_PATH, interface: GNOME });
  const path = `${GNOME_PATH}/Inhibitor1`;
  const say = (flags: number) =>
    Promise.all([
      gnome.mock(GNOME_PATH, 'AddMethod', 'sssss', [GNOME, 'IsInhibited', 'u', 'b', `ret = bool(args[0] & ${flags})`]),
      gnome.mock(path, 'AddMethod', 'sssss', [`${GNOME}.Inhibitor`, 'GetFlags', '', 'u', `ret = ${flags}`]),
    ]);
  await gnome.mock(GNOME_PATH, 'AddObject', 'ssa{sv}a(ssss)', [
    path,
    `${GNOME}.Inhibitor`,
    {},
    [
      ['GetAppId', '', 's', 'ret = "firefox"'],
      ['GetReason', '', 's', 'ret = "video-playing"'],
    ],
  ]);
  await gnome.mock(GNOME_PATH, 'AddMethod', 'sssss', [GNOME, 'GetInhibitors', '', 'ao', `ret = ["${path}"]`]);
  await say(4);
  const added = () => gnome.emit(GNOME_PATH, GNOME, 'InhibitorAdded', 'o', [new Variant('o', path)]);
  // The first look came before the mock had its methods, and what failed is asked again no sooner than after some seconds.
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ kind: 'known', value: [] }), { timeout: 30_000, interval: 100 });
  await say(12);
  await added();
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ value: [{ who: 'firefox', why: 'video-playing' }] }), WAIT);
  await say(4);
  await gnome.emit(GNOME_PATH, GNOME, 'InhibitorRemoved', 'o', [new Variant('o', path)]);
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ value: [] }), WAIT);
});

test('KDE is asked for the screen, and what means only sleep there does not count', async () => {
  const kde = await start({ name: KDE, path: KDE_PATH, interface: KDE });
  const answer = (member: string, args: string, result: string, code: string) =>
    kde.mock(KDE_PATH, 'AddMethod', 'sssss', [KDE, member, args, result, code]);
  await answer('HasInhibition', 'u', 'b', 'ret = False');
  await answer('ListInhibitions', '', 'a(ss)', 'ret = [("Ark", "Unpacks")]');
  const sleepOnly = await start({
    name: FREEDESKTOP,
    path: `/org/freedesktop/PowerManagement/Inhibit`,
    interface: `${FREEDESKTOP}.Inhibit`,
  });
  await sleepOnly.mock('/org/freedesktop/PowerManagement/Inhibit', 'AddMethod', 'sssss', ['', 'HasInhibit', '', 'b', 'ret = True']);
  const sensor = await open({ DBUS_SESSION_BUS_ADDRESS: bus.address });
  expect(sensor.read()).toMatchObject({ kind: 'known', value: [] });
  await answer('HasInhibition', 'u', 'b', 'ret = args[0] == 4');
  await answer('ListInhibitions', '', 'a(ss)', 'ret = [("vlc", "Plays")]');
  await kde.emit(KDE_PATH, KDE, 'InhibitionsChanged', 'a(ss)as', [new Variant('a(ss)', [['vlc', 'Plays']]), new Variant('as', [])]);
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ value: [{ who: 'vlc', why: 'Plays' }] }), WAIT);
});

test('Xfce tells only that somebody asks', async () => {
  const path = '/org/freedesktop/PowerManagement/Inhibit';
  const xfce = await start({ name: FREEDESKTOP, path, interface: `${FREEDESKTOP}.Inhibit` });
  await xfce.mock(path, 'AddMethod', 'sssss', ['', 'HasInhibit', '', 'b', 'ret = True']);
  const sensor = await open({ DBUS_SESSION_BUS_ADDRESS: bus.address });
  expect(sensor.read()).toMatchObject({ kind: 'known', value: [{ who: 'a program' }] });
});

test('a program that has the name for something else keeps no list', async () => {
  await start({ name: FREEDESKTOP, path: '/org/freedesktop/PowerManagement', interface: FREEDESKTOP });
  const sensor = await open({ DBUS_SESSION_BUS_ADDRESS: bus.address });
  expect(sensor.read()).toMatchObject({ kind: 'known', value: [] });
});

test('a machine without any bus has no sensor', async () => {
  expect(await openInhibitors(context({}))).toBeNull();
});
