import { Variant } from '@jellybrick/dbus-next';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Mock, startBus, startMock, type TestBus } from '../../testing/buses.ts';
import { LOGIND, LOGIND_MANAGER, LOGIND_PATH } from './logind-sessions.ts';
import { openLogindSleep, type SleepSensor } from './logind-sleep.ts';

const WAIT = { timeout: 15_000, interval: 50 };
let bus: TestBus;
let logind: Mock;
let sensor: SleepSensor;
let changes = 0;

const locks = async () => (await logind.call(LOGIND_PATH, LOGIND_MANAGER, 'ListInhibitors'))[0];
const prepare = (asleep: boolean) => logind.emit(LOGIND_PATH, LOGIND_MANAGER, 'PrepareForSleep', 'b', [new Variant('b', asleep)]);

beforeEach(async () => {
  bus = await startBus();
  logind = await startMock(bus, { template: 'logind', name: LOGIND });
  const env = { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: bus.address };
  const opened = await openLogindSleep({ env, monotonicMs: () => performance.now(), changed: () => void changes++, root: '/' });
  if (opened === null) throw new Error('the sensor says that it does not apply');
  sensor = opened;
  changes = 0;
});
afterEach(async () => {
  await sensor.close();
  expect(await locks()).toEqual([]);
  await logind.stop();
  await bus.stop();
});

test('the system waits until our work stands still, and again at the next sleep', async () => {
  const held = [['sleep', 'Nightshift', expect.any(String), 'delay', expect.any(Number), expect.any(Number)]];
  await vi.waitFor(async () => expect(await locks()).toEqual(held), WAIT);
  expect(sensor.read()).toMatchObject({ kind: 'known', value: { suspending: false } });
  sensor.settled(); // nothing sleeps: keeps the lock
  await prepare(true);
  await vi.waitFor(() => expect(sensor.read()).toMatchObject({ value: { suspending: true } }), WAIT);
  expect(changes).toBe(1);
  expect(await locks()).toEqual(held);
  sensor.settled();
  await vi.waitFor(async () => expect(await locks()).toEqual([]), WAIT);
  await prepare(false);
  await vi.waitFor(async () => expect(await locks()).toEqual(held), WAIT);
  expect(sensor.read()).toMatchObject({ value: { suspending: false } });
});

test('the system does not wait for ever for work that does not stop', async () => {
  await vi.waitFor(async () => expect(await locks()).toHaveLength(1), WAIT);
  await prepare(true);
  await vi.waitFor(async () => expect(await locks()).toEqual([]), WAIT);
  expect(sensor.read()).toMatchObject({ value: { suspending: true } });
});
