import { Message, MessageType, sessionBus, Variant } from '@jellybrick/dbus-next';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { Sensor, SensorContext, SignalName } from '../../signals.ts';
import { type Mock, startBus, startMock, type TestBus } from '../../testing/buses.ts';
import { openLogindIdle } from './logind-idle.ts';
import { openLogindSession } from './logind-session.ts';
import { LOGIND, LOGIND_MANAGER, LOGIND_PATH } from './logind-sessions.ts';

const BUS = 'org.freedesktop.DBus';
const SESSION = `${LOGIND}.Session`;
const WAIT = { timeout: 15_000, interval: 50 };

let bus: TestBus;
let logind: Mock;
let changes = 0;
const opened: Sensor<SignalName>[] = [];

const context = (): SensorContext => ({
  env: { DBUS_SYSTEM_BUS_ADDRESS: bus.address },
  monotonicMs: () => performance.now(),
  changed: () => {
    changes += 1;
  },
  root: '/',
});

async function open<S extends SignalName>(opening: Promise<Sensor<S> | null>): Promise<Sensor<S>> {
  const sensor = await opening;
  if (sensor === null) throw new Error('the sensor says that it does not apply');
  opened.push(sensor);
  return sensor;
}

const pathOf = (id: string): string => `${LOGIND_PATH}/session/${id}`;
const addSession = (id: string, seat: string, uid: number, active: boolean) =>
  logind.mock(LOGIND_PATH, 'AddSession', 'ssusb', [id, seat, uid, `user${uid}`, active]);
const set = (id: string, properties: Record<string, Variant>) => logind.update(pathOf(id), SESSION, properties);
const announce = (id: string, member: 'SessionNew' | 'SessionRemoved') =>
  logind.emit(LOGIND_PATH, LOGIND_MANAGER, member, 'so', [new Variant('s', id), new Variant('o', pathOf(id))]);
const startLogind = () => startMock(bus, { template: 'logind', name: LOGIND });

beforeEach(async () => {
  bus = await startBus();
  logind = await startLogind();
  changes = 0;
});
afterEach(async () => {
  for (const sensor of opened.splice(0)) await sensor.close();
  await logind.stop();
  await bus.stop();
});

test('a lock, an unlock and a login over SSH are seen as they happen', async () => {
  await addSession('c1', 'seat0', 1000, true);
  await set('c1', { Type: new Variant('s', 'wayland') });
  const sensor = await open(openLogindSession(context()));
  expect(sensor.read()).toEqual({ kind: 'known', source: 'logind', value: { locked: false, remote: false, otherUser: false } });

  await set('c1', { LockedHint: new Variant('b', true) });
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ value: { locked: true } }), WAIT);
  expect(changes).toBeGreaterThan(0);
  await set('c1', { LockedHint: new Variant('b', false) });
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ value: { locked: false } }), WAIT);

  await addSession('9', 'none', 1000, true); // the mock knows no session without a seat
  await set('9', { Type: new Variant('s', 'tty'), Remote: new Variant('b', true), TTY: new Variant('s', 'pts/3') });
  await logind.call(pathOf('9'), 'org.freedesktop.DBus.Properties', 'Set', 'ssv', [SESSION, 'Seat', new Variant('(so)', ['', '/'])]);
  await announce('9', 'SessionNew');
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ value: { remote: true } }), WAIT);
  await logind.mock(LOGIND_PATH, 'RemoveObject', 's', [pathOf('9')]);
  await announce('9', 'SessionRemoved');
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ value: { remote: false } }), WAIT);
});

test('a switch to another user is seen by the agent of the first one', async () => {
  await addSession('c1', 'seat0', 1000, true);
  await addSession('c2', 'seat0', 1001, false);
  const agentUser = vi.spyOn(process, 'getuid').mockReturnValue(1000);
  const opening = openLogindSession(context());
  agentUser.mockRestore();
  const sensor = await open(opening);
  expect(sensor.read()).toMatchObject({ value: { otherUser: false } });
  await set('c1', { Active: new Variant('b', false) });
  await set('c2', { Active: new Variant('b', true) });
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ value: { otherUser: true } }), WAIT);
  await set('c2', { Active: new Variant('b', false) });
  await set('c1', { Active: new Variant('b', true) });
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ value: { otherUser: false } }), WAIT);
});

test('a greeter in front is a locked screen', async () => {
  await addSession('c1', 'seat0', 1000, true);
  await addSession('g1', 'seat0', 110, false);
  await set('g1', { Class: new Variant('s', 'greeter') });
  const sensor = await open(openLogindSession(context()));
  expect(sensor.read()).toMatchObject({ value: { locked: false } });
  await set('c1', { Active: new Variant('b', false) });
  await set('g1', { Active: new Variant('b', true) });
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ value: { locked: true } }), WAIT);
});

test('a stopped logind reads unknown with what to do, and is found again when it is back', async () => {
  await addSession('c1', 'seat0', 1000, true);
  const sensor = await open(openLogindSession(context()));
  await logind.stop();
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ kind: 'unknown', fix: expect.stringContaining('restart') }), WAIT);
  logind = await startLogind();
  await addSession('c1', 'seat0', 1000, true);
  await set('c1', { LockedHint: new Variant('b', true) });
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ kind: 'known', value: { locked: true } }), WAIT);
});

test('a killed bus reads unknown and is joined again when it is back', async () => {
  await addSession('c1', 'seat0', 1000, true);
  const sensor = await open(openLogindSession(context()));
  const { address } = bus;
  await bus.stop();
  await vi.waitFor(() => expect(sensor.read().kind).toBe('unknown'), WAIT);
  await logind.stop();
  bus = await startBus(address);
  logind = await startLogind();
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ kind: 'known' }), { timeout: 60_000, interval: 100 });
});

test('a logind that hangs reads unknown, and known when it answers again', async () => {
  const hang = 'import time; time.sleep(7); ret = []';
  await logind.mock(LOGIND_PATH, 'AddMethod', 'sssss', [LOGIND_MANAGER, 'ListSessions', '', 'a(susso)', hang]);
  const sensor = await open(openLogindSession(context()));
  expect(sensor.read()).toMatchObject({ kind: 'unknown', detail: expect.stringContaining('not answered') });
  await logind.mock(LOGIND_PATH, 'AddMethod', 'sssss', [LOGIND_MANAGER, 'ListSessions', '', 'a(susso)', 'ret = []']);
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ kind: 'known' }), { timeout: 60_000, interval: 100 });
});

test('no logind on the bus is no sensor', async () => {
  await logind.stop();
  expect(await openLogindSession(context())).toBeNull();
});

test('another program on the bus cannot speak for logind', async () => {
  await addSession('c1', 'seat0', 1000, true);
  const sensor = await open(openLogindSession(context()));
  await logind.mock(LOGIND_PATH, 'ClearCalls', '', []);
  const forger = sessionBus({ busAddress: bus.address });
  const ask = (member: string) =>
    forger.call(new Message({ destination: BUS, path: '/org/freedesktop/DBus', interface: BUS, member })).then((reply) => reply?.body[0]);
  const names = z.array(z.string()).parse(await ask('ListNames'));
  for (const destination of names.filter((name) => name.startsWith(':'))) {
    const forged = { type: MessageType.SIGNAL, destination, path: LOGIND_PATH, interface: LOGIND_MANAGER, member: 'SessionNew' };
    forger.send(new Message({ ...forged, signature: 'so', body: ['c9', pathOf('c9')] }));
  }
  await ask('GetId'); // answered after all of them were passed on
  await set('c1', { LockedHint: new Variant('b', true) }); // comes after the forged one
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ value: { locked: true } }), WAIT);
  const [calls] = await logind.mock(LOGIND_PATH, 'GetMethodCalls', 's', ['ListSessions']);
  expect(calls).toHaveLength(1);
  forger.disconnect();
});

test('idleness is counted from when the desktop says so', async () => {
  await addSession('c1', 'seat0', 1000, true);
  await set('c1', { Type: new Variant('s', 'x11') });
  const sensor = await open(openLogindIdle(context()));
  expect(sensor.read()).toMatchObject({ kind: 'unknown', detail: expect.stringContaining('never say') });
  const minuteAgoUs = process.hrtime.bigint() / 1_000n - 60_000_000n;
  await set('c1', { IdleSinceHintMonotonic: new Variant('t', minuteAgoUs), IdleHint: new Variant('b', true) });
  await vi.waitFor(() => expect(sensor.read().kind).toBe('known'), WAIT);
  const reading = sensor.read();
  const idleMs = reading.kind === 'known' ? reading.value.idleMs : 0;
  expect(idleMs).toBeGreaterThanOrEqual(60_000);
  expect(idleMs).toBeLessThan(120_000);
  await set('c1', { IdleHint: new Variant('b', false) });
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ kind: 'known', value: { idleMs: 0 } }), WAIT);
});
