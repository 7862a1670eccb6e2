import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Mock, startBus, startMock, type TestBus } from '../testing/buses.ts';
import { openStayAwake } from './stay-awake.ts';

const LOGIND = 'org.freedesktop.login1';
const PATH = '/org/freedesktop/login1';
const WAIT = { timeout: 15_000, interval: 50 };
let bus: TestBus;
let logind: Mock;

const locks = async () => (await logind.call(PATH, `${LOGIND}.Manager`, 'ListInhibitors'))[0];
const env = () => ({ ...process.env, DBUS_SYSTEM_BUS_ADDRESS: bus.address });

beforeEach(async () => {
  bus = await startBus();
  logind = await startMock(bus, { template: 'logind', name: LOGIND });
});
afterEach(async () => {
  await logind.stop();
  await bus.stop();
});

test('holds one lock on sleep, however often it is asked, and lets it go', async () => {
  const awake = openStayAwake(env());
  expect(await awake.hold('Earns')).toEqual({ kind: 'held' });
  await awake.hold('Earns');
  expect(await locks()).toEqual([['sleep', 'Nightshift', 'Earns', 'block', expect.any(Number), expect.any(Number)]]);
  expect(await awake.release()).toEqual({ kind: 'released' });
  await vi.waitFor(async () => expect(await locks()).toEqual([]), WAIT);
  await awake.release();
  void awake.hold('Earns');
  await awake.release(); // follows the hold, although that was not awaited
  await vi.waitFor(async () => expect(await locks()).toEqual([]), WAIT);
});

test('a killed agent leaves no lock', async () => {
  const code = `
    import { openStayAwake } from ${JSON.stringify(new URL('./stay-awake.ts', import.meta.url).href)};
    console.log((await openStayAwake(process.env).hold('Earns')).kind);
    setInterval(() => undefined, 1000);`;
  const agent = spawn(process.execPath, ['--input-type=module', '-e', code], { env: env(), stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = await once(agent.stdout, 'data');
  expect(String(said).trim()).toBe('held');
  expect(await locks()).toHaveLength(1);
  agent.kill('SIGKILL');
  await vi.waitFor(async () => expect(await locks()).toEqual([]), WAIT);
});

test('a system that refuses, and one without the tool, cannot be held, with the reason', async () => {
  await logind.mock(PATH, 'AddMethod', 'sssss', [
    `${LOGIND}.Manager`,
    'Inhibit',
    'ssss',
    'h',
    'raise dbus.exceptions.DBusException("Access denied", name="org.freedesktop.DBus.Error.AccessDenied")',
  ]);
  expect(await openStayAwake(env()).hold('Earns')).toMatchObject({ kind: 'cannot-hold', detail: expect.stringContaining('denied') });
  const bare = openStayAwake({ PATH: '/nonexistent' });
  expect(await bare.hold('Earns')).toMatchObject({ kind: 'cannot-hold', detail: expect.stringContaining('systemd-inhibit') });
  expect(await bare.release()).toEqual({ kind: 'released' });
});
