import { describe, expect, test } from 'vitest';
import type { SensorContext } from '../../signals.ts';
import type { CfDictionary, CfValue } from './core-foundation.ts';
import type { Bounds, MacWindow } from './core-graphics.ts';
import { openMacCpu } from './cpu.ts';
import { openMacFullscreen } from './fullscreen.ts';
import { openMacGamepad } from './gamepad.ts';
import { openMacGpu } from './gpu.ts';
import { openMacInhibitor } from './inhibitor.ts';
import { openMacInput } from './input.ts';
import { openMacSensors } from './macos.ts';
import { openMacPower } from './power.ts';
import { openMacPrograms } from './programs.ts';
import { openMacSession, type SessionApi } from './session.ts';
import { createMacStayAwake } from './stay-awake.ts';
import { createMacWakeTimer } from './wake-timer.ts';

function contextAt(now: { ms: number }): SensorContext {
  return { env: {}, monotonicMs: () => now.ms, changed: () => undefined, root: '/' };
}
const context = contextAt({ ms: 0 });

test('without macOS every signal is there, what needs macOS is unknown, and each says what to do', async () => {
  const sensors = await openMacSensors(context, { namedPrograms: () => [], ourCpuMs: () => 0, ownPids: () => new Set() });
  expect(new Set(sensors.map((each) => each.signal)).size).toBe(13);
  const readings = sensors.map((each) => each.read());
  expect(readings.filter((each) => each.kind === 'known')).toEqual([]);
  expect(readings.filter((each) => each.kind === 'unknown' && each.fix === null)).toEqual([]);
  expect(sensors.filter((each) => each.read().kind === 'absent').map((each) => each.signal)).toEqual(['temperature', 'draw', 'sleep']);
  for (const sensor of sensors) await sensor.close();
});

describe('input', () => {
  const read = async (session: number, hardware: number) =>
    (await openMacInput(context, { secondsSinceInput: (source) => (source === 0 ? session : hardware) })).read();

  test('counts from the last input of the hardware', async () =>
    expect(await read(60.5, 60.5)).toEqual({ kind: 'known', value: { idleMs: 60_500 }, source: 'CGEventSource' }));
  test('sees input that Screen Sharing brings in', async () => expect(await read(0.25, 900)).toMatchObject({ value: { idleMs: 250 } }));
  test('is unknown where macOS gives no number', async () =>
    expect(await read(Number.POSITIVE_INFINITY, Number.NaN)).toMatchObject({ kind: 'unknown' }));
});

test('a controller is seen to be connected, never to be idle', async () => {
  const now = { ms: 0 };
  let devices: readonly CfDictionary[] = [{ PrimaryUsagePage: 1, PrimaryUsage: 6, Product: 'Apple Internal Keyboard' }];
  const sensor = await openMacGamepad(contextAt(now), { services: () => devices });
  expect(sensor.read()).toMatchObject({ kind: 'absent' });
  devices = [...devices, { PrimaryUsagePage: 1, PrimaryUsage: 5, Product: 'DualSense Wireless Controller' }];
  now.ms = 3_000;
  expect(sensor.read()).toMatchObject({
    kind: 'unknown',
    detail: expect.stringContaining('DualSense Wireless Controller'),
    fix: 'Unplug it or switch it off when you do not play.',
  });
});

describe('fullscreen', () => {
  const display: Bounds = { x: 0, y: 0, width: 1512, height: 982 };
  const second: Bounds = { x: 1512, y: 0, width: 1920, height: 1080 };
  const menuBar: MacWindow = { layer: 24, pid: 1, owner: 'Window Server', bounds: { ...display, height: 38 } };
  const window = (bounds: Bounds, more: Partial<MacWindow> = {}): MacWindow => ({
    layer: 0,
    pid: 42,
    owner: 'QuickTime Player',
    bounds,
    ...more,
  });
  const read = async (windows: readonly MacWindow[]) => {
    const api = { windows: () => windows, displays: () => [display, second], ownPids: () => new Set([7]) };
    const reading = (await openMacFullscreen(context, api)).read();
    return reading.kind === 'known' ? reading.value : reading;
  };

  test('sees a window as large as its display', async () =>
    expect(await read([window(second), menuBar])).toEqual({ program: 'QuickTime Player' }));
  test('sees a game that captures the display', async () =>
    expect(await read([window(display, { layer: 2_147_483_628, owner: 'Game' })])).toEqual({ program: 'Game' }));
  const belowCamera = window({ ...display, y: 38, height: 944 });
  test('sees a full screen beside the camera, where no menu bar is', async () =>
    expect(await read([belowCamera])).toEqual({ program: 'QuickTime Player' }));
  test('takes a large window below the menu bar for none', async () => expect(await read([belowCamera, menuBar])).toBeNull());
  test('takes a window with the Dock below it for none', async () => expect(await read([window({ ...display, height: 900 })])).toBeNull());
  test('takes its own window, and the lock screen, for none', async () =>
    expect(await read([window(display, { pid: 7 }), window(display, { layer: 2_147_483_628, owner: 'loginwindow' })])).toBeNull());
});

test('programs that keep the display on inhibit; we and what keeps only the system awake do not', async () => {
  const assertions = {
    '312': [
      { AssertType: 'PreventUserIdleDisplaySleep', AssertName: 'Playing video', AssertLevel: 255, 'Process Name': 'Safari' },
      { AssertType: 'PreventUserIdleSystemSleep', AssertName: 'audio', AssertLevel: 255, 'Process Name': 'Safari' },
    ],
    '400': [{ AssertType: 'NoDisplaySleepAssertion', AssertLevel: 255 }],
    '401': [{ AssertType: 'NoDisplaySleepAssertion', AssertLevel: 0 }],
    '7': [{ AssertType: 'PreventUserIdleDisplaySleep', AssertLevel: 255 }],
  };
  const sensor = await openMacInhibitor(context, { assertionsByProcess: () => assertions, ownPids: () => new Set([7]) });
  expect(sensor.read()).toMatchObject({
    value: [
      { who: 'Safari', why: 'Playing video' },
      { who: 'process 400', why: 'keeps the display on' },
    ],
  });
});

describe('session', () => {
  const read = async (more: Partial<SessionApi>) => {
    const api: SessionApi = {
      session: () => ({ kCGSSessionOnConsoleKey: true }),
      remoteTerminals: () => 0,
      processNames: () => ['launchd'],
      ...more,
    };
    const reading = (await openMacSession(context, api)).read();
    return reading.kind === 'known' ? reading.value : reading;
  };
  const here = { locked: false, remote: false, otherUser: false };

  test('knows the owner at the screen', async () => expect(await read({})).toEqual(here));
  test.each([true, 1])('knows a locked screen (%s)', async (value: CfValue) =>
    expect(await read({ session: () => ({ kCGSSessionOnConsoleKey: value, CGSSessionScreenIsLocked: value }) })).toEqual({
      ...here,
      locked: true,
    }),
  );
  test('knows that another user took the screen', async () =>
    expect(await read({ session: () => ({}) })).toEqual({ ...here, otherUser: true }));
  test('knows a terminal from elsewhere', async () => expect(await read({ remoteTerminals: () => 1 })).toEqual({ ...here, remote: true }));
  test('knows Screen Sharing by its program', async () =>
    expect(await read({ processNames: () => ['screensharingd'] })).toEqual({ ...here, remote: true }));
  test('is unknown outside of a desktop session', async () =>
    expect(await read({ session: () => null })).toMatchObject({ kind: 'unknown' }));
});

describe('power', () => {
  const read = async (providing: string | null, sources: readonly CfDictionary[]) => {
    const reading = (await openMacPower(context, { powerSources: () => sources, providingSource: () => providing })).read();
    return reading.kind === 'known' ? reading.value : reading.kind;
  };
  const battery = { Type: 'InternalBattery', 'Is Present': true, 'Current Capacity': 3_000, 'Max Capacity': 4_000 };

  test('knows a MacBook on battery', async () =>
    expect(await read('Battery Power', [battery])).toEqual({ onAc: false, chargePercent: 75, isLaptop: true }));
  test('knows a Mac without a battery', async () =>
    expect(await read('AC Power', [])).toEqual({ onAc: true, chargePercent: null, isLaptop: false }));
  test('knows a UPS that has taken over', async () =>
    expect(await read('UPS Power', [{ ...battery, Type: 'UPS' }])).toEqual({ onAc: false, chargePercent: 75, isLaptop: false }));
  test('is unknown where macOS gives no charge', async () => expect(await read('AC Power', [{ Type: 'InternalBattery' }])).toBe('unknown'));
  test('is unknown where macOS names no source', async () => expect(await read(null, [battery])).toBe('unknown'));
});

test('the processor time of our jobs is not taken for that of others, also where ticks wrap', async () => {
  const now = { ms: 0 };
  let ticks = { user: 0xffffffff, system: 0, idle: 0, nice: 0 };
  let oursMs = 0;
  const sensor = await openMacCpu(contextAt(now), { cpuTicks: () => ticks, ourCpuMs: () => oursMs });
  expect(sensor.read()).toMatchObject({ kind: 'unknown', fix: null });
  now.ms = 1_000; // four processors: 300 ticks of use, of which 200 are ours
  ticks = { user: 199, system: 80, idle: 100, nice: 20 };
  oursMs = 2_000;
  expect(sensor.read()).toMatchObject({ kind: 'known', value: { shareByOthers: 0.25 } });
});

test('a busy GPU is the owner’s, an idle one nobody’s, and one without a figure unknown', async () => {
  const read = async (gpus: readonly CfDictionary[]) => (await openMacGpu(context, { services: () => gpus })).read();
  const gpu = (percent: number) => ({
    IOClass: 'AGXAcceleratorG14X',
    PerformanceStatistics: { 'Device Utilization %': percent, 'In use system memory': 400_000_000 },
  });
  expect(await read([gpu(35)])).toMatchObject({
    value: [{ gpu: 'AGXAcceleratorG14X 0', program: null, busyShare: 0.35, vramBytes: 400_000_000 }],
  });
  expect(await read([gpu(0)])).toMatchObject({ kind: 'known', value: [] });
  expect(await read([{ IOClass: 'IntelAccelerator', PerformanceStatistics: null }])).toMatchObject({ kind: 'unknown' });
  expect(await read([])).toMatchObject({ kind: 'absent' });
});

test('named programs are found by the name of their bundle, whatever its length', async () => {
  const processNames = () => ['Blender', 'A Program With A Very Long Name '];
  const namedPrograms = () => ['/Applications/Blender.app', 'A Program With A Very Long Name Indeed', 'Xcode'];
  const sensor = await openMacPrograms(context, { processNames, namedPrograms });
  expect(sensor.read()).toMatchObject({ value: ['/Applications/Blender.app', 'A Program With A Very Long Name Indeed'] });
});

test('one assertion keeps the Mac awake however often it is asked for, and goes with the release', async () => {
  const calls: string[] = [];
  const awake = createMacStayAwake({
    createAssertion: (type, name) => {
      calls.push(`create ${type} ${name}`);
      return 33;
    },
    releaseAssertion: (id) => void calls.push(`release ${id}`),
  });
  expect(awake.state()).toEqual({ kind: 'released' });
  expect(await awake.hold('A job runs')).toEqual({ kind: 'held' });
  await awake.hold('A job runs');
  expect(awake.state()).toEqual({ kind: 'held' });
  expect(await awake.release()).toEqual({ kind: 'released' });
  await awake.release();
  expect(calls).toEqual(['create PreventUserIdleSystemSleep A job runs', 'release 33']);
});

test('an assertion that macOS refuses is said, with what to do', async () => {
  const createAssertion = () => {
    throw new Error('IOPMAssertionCreateWithName failed with 0xe00002bc');
  };
  const awake = createMacStayAwake({ createAssertion, releaseAssertion: () => undefined });
  expect(await awake.hold('A job runs')).toMatchObject({ kind: 'cannot-hold', fix: expect.any(String) });
});

test('a new wake time replaces the one before, and one that macOS refused is not cancelled', () => {
  const calls: string[] = [];
  let refuses = false;
  const wake = createMacWakeTimer({
    scheduleWake: (atMs) => {
      if (refuses) throw new Error('IOPMSchedulePowerEvent: macOS allows this to root only');
      calls.push(`schedule ${atMs}`);
    },
    cancelWake: (atMs) => void calls.push(`cancel ${atMs}`),
  });
  expect(wake.set(1_000)).toEqual({ kind: 'set', atMs: 1_000 });
  wake.set(2_000);
  expect(wake.cancel()).toEqual({ kind: 'none' });
  refuses = true;
  expect(wake.set(3_000)).toMatchObject({ kind: 'unavailable', detail: expect.stringContaining('root only') });
  wake.cancel();
  expect(calls).toEqual(['schedule 1000', 'cancel 1000', 'schedule 2000', 'cancel 2000']);
});
