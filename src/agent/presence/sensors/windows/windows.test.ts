import { describe, expect, test } from 'vitest';
import type { SensorContext } from '../../signals.ts';
import { remembered } from '../remembered.ts';
import { openWindowsCpu } from './cpu.ts';
import { type FullscreenApi, openWindowsFullscreen } from './fullscreen.ts';
import { openWindowsInhibitor } from './inhibitor.ts';
import { openWindowsInput } from './input.ts';
import { openWindowsMetered } from './metered.ts';
import { openWindowsPower } from './power.ts';
import { openWindowsPrograms } from './programs.ts';
import { openWindowsSession, type SessionApi } from './session.ts';
import type { ForegroundWindow } from './user32.ts';
import { openWindowsSensors } from './windows.ts';

function contextAt(now: { ms: number }): SensorContext {
  return { env: {}, monotonicMs: () => now.ms, changed: () => undefined, root: '/' };
}
const context = contextAt({ ms: 0 });

test('without Windows every signal is there, what needs Windows is unknown, and each says what to do', async () => {
  const sensors = await openWindowsSensors(context, {
    namedPrograms: () => [],
    ourCpuMs: () => 0,
    ownPids: () => new Set(),
    gpuJobRuns: () => false,
  });
  expect(new Set(sensors.map((each) => each.signal)).size).toBe(13);
  const readings = sensors.map((each) => each.read());
  expect(readings.filter((each) => each.kind === 'known')).toEqual([]);
  expect(readings.filter((each) => each.kind === 'unknown' && each.fix === null)).toEqual([]);
  expect(sensors.filter((each) => each.read().kind === 'absent').map((each) => each.signal)).toEqual(['temperature', 'draw', 'sleep']);
  for (const sensor of sensors) await sensor.close();
});

describe('input', () => {
  const read = async (lastInputTick: number, tickCount: number) => {
    const sensor = await openWindowsInput(context, { lastInputTick: () => lastInputTick, tickCount: () => tickCount, sessionOf: () => 1 });
    return sensor.read();
  };
  const idle = (idleMs: number) => ({ kind: 'known', value: { idleMs }, source: 'GetLastInputInfo' });

  test('counts from the last input', async () => expect(await read(1_000, 61_000)).toEqual(idle(60_000)));
  test('counts on where the tick wraps after 49.7 days', async () => expect(await read(0xffffff00, 0x100)).toEqual(idle(0x200)));
  test('takes an input that seems to lie ahead for one of now', async () => expect(await read(1_016, 1_000)).toEqual(idle(0)));
  test('knows a long absence', async () => expect(await read(0, 40 * 86_400_000)).toEqual(idle(40 * 86_400_000)));

  test('is unknown in the session of services, where there is no keyboard', async () => {
    const sensor = await openWindowsInput(context, { lastInputTick: () => 0, tickCount: () => 10 ** 9, sessionOf: () => 0 });
    expect(sensor.read()).toMatchObject({ kind: 'unknown', fix: 'Start Nightshift from your own desktop, not as a service.' });
  });

  test('is unknown while Windows refuses, and known again afterwards', async () => {
    let refuses = true;
    const lastInputTick = (): number => {
      if (refuses) throw new Error('GetLastInputInfo failed');
      return 0;
    };
    const sensor = await openWindowsInput(context, { lastInputTick, tickCount: () => 5, sessionOf: () => 1 });
    expect(sensor.read()).toMatchObject({ kind: 'unknown', detail: 'GetLastInputInfo did not answer: GetLastInputInfo failed' });
    refuses = false;
    expect(sensor.read()).toEqual(idle(5));
  });
});

describe('fullscreen', () => {
  const monitor = { left: 0, top: 0, right: 2560, bottom: 1440 };
  const game: ForegroundWindow = { className: 'UnityWndClass', pid: 42, caption: false, rect: monitor, monitor };
  const read = async (window: ForegroundWindow | null, state = 5, more: Partial<FullscreenApi> = {}) => {
    const api: FullscreenApi = {
      foregroundWindow: () => window,
      userNotificationState: () => state,
      processes: () => [{ pid: 42, name: 'game.exe' }],
      ownPids: () => new Set([7]),
      ...more,
    };
    const reading = (await openWindowsFullscreen(context, api)).read();
    return reading.kind === 'known' ? reading.value : reading;
  };

  test('sees a borderless game, with its name', async () => expect(await read(game)).toEqual({ program: 'game.exe' }));
  test('sees it on a monitor left of the first', async () => {
    const left = { left: -1920, top: 0, right: 0, bottom: 1080 };
    expect(await read({ ...game, rect: left, monitor: left })).toEqual({ program: 'game.exe' });
  });
  test('allows for a pixel of rounding under a scaled display', async () =>
    expect(await read({ ...game, rect: { ...monitor, right: 2559 } })).toEqual({ program: 'game.exe' }));
  test('sees a film that a browser shows with its frame hidden', async () =>
    expect(await read({ ...game, className: 'Chrome_WidgetWin_1', pid: 43 })).toEqual({ program: null }));
  test('takes no maximised window for one, though it reaches beyond the monitor where the task bar hides', async () =>
    expect(await read({ ...game, caption: true, rect: { left: -8, top: -8, right: 2568, bottom: 1448 } })).toBeNull());
  test('takes no window above the task bar for one', async () =>
    expect(await read({ ...game, caption: true, rect: { ...monitor, bottom: 1392 } })).toBeNull());
  test.each(['Progman', 'WorkerW', '#32769'])('takes the desktop (%s) for none', async (className) =>
    expect(await read({ ...game, className })).toBeNull(),
  );
  test('takes its own window for none', async () => expect(await read({ ...game, pid: 7 }, 2)).toBeNull());
  test.each([2, 3, 4])('believes Windows that says so (%i)', async (state) => expect(await read(null, state)).toEqual({ program: null }));
  test.each([1, 5, 6, 7])('makes nothing of the other states (%i)', async (state) => expect(await read(null, state)).toBeNull());
  test('is unknown while Windows refuses', async () =>
    expect(
      await read(null, 5, {
        userNotificationState: () => {
          throw new Error('SHQueryUserNotificationState failed with 0x80004005');
        },
      }),
    ).toMatchObject({ kind: 'unknown' }));
});

describe('session', () => {
  const read = async (more: Partial<SessionApi>) => {
    const api: SessionApi = {
      sessions: () => [
        { id: 0, state: 4 },
        { id: 1, state: 0 },
        { id: 65536, state: 6 },
      ],
      sessionFlags: () => 1,
      clientProtocol: () => 0,
      sessionOf: () => 1,
      consoleSession: () => 1,
      release: () => '10.0.26100',
      ...more,
    };
    const reading = (await openWindowsSession(context, api)).read();
    return reading.kind === 'known' ? reading.value : reading;
  };
  const here = { locked: false, remote: false, otherUser: false };

  test('knows the owner at the screen', async () => expect(await read({})).toEqual(here));
  test('knows a locked screen', async () => expect(await read({ sessionFlags: () => 0 })).toEqual({ ...here, locked: true }));
  test('knows that Windows 7 tells it the wrong way round', async () => {
    expect(await read({ sessionFlags: () => 0, release: () => '6.1.7601' })).toEqual(here);
    expect(await read({ sessionFlags: () => 1, release: () => '6.1.7601' })).toEqual({ ...here, locked: true });
  });
  test('says unknown where Windows does', async () =>
    expect(await read({ sessionFlags: () => 0xffffffff })).toMatchObject({ kind: 'unknown' }));
  test('knows a remote desktop, for which the console has a session of its own', async () => {
    const sessions = () => [
      { id: 1, state: 0 },
      { id: 2, state: 1 },
    ];
    expect(await read({ sessions, consoleSession: () => 2, clientProtocol: () => 2 })).toEqual({ ...here, remote: true });
  });
  test('knows that another user took the screen', async () => {
    const sessions = () => [
      { id: 1, state: 4 },
      { id: 3, state: 0 },
    ];
    expect(await read({ sessions, consoleSession: () => 3, sessionFlags: () => 0 })).toEqual({
      locked: true,
      remote: false,
      otherUser: true,
    });
  });
  test('is unknown in the session of services', async () => expect(await read({ sessionOf: () => 0 })).toMatchObject({ kind: 'unknown' }));
});

describe('power', () => {
  const read = async (acLine: number, batteryFlag: number, batteryPercent: number, role: number) => {
    const api = { powerStatus: () => ({ acLine, batteryFlag, batteryPercent }), platformRole: () => role };
    const reading = (await openWindowsPower(context, api)).read();
    return reading.kind === 'known' ? reading.value : reading.kind;
  };

  test('knows a desktop computer', async () =>
    expect(await read(1, 128, 255, 1)).toEqual({ onAc: true, chargePercent: null, isLaptop: false }));
  test('knows a laptop on battery', async () =>
    expect(await read(0, 2, 31, 2)).toEqual({ onAc: false, chargePercent: 31, isLaptop: true }));
  test('knows a desktop computer with a UPS', async () =>
    expect(await read(1, 8, 100, 1)).toEqual({ onAc: true, chargePercent: 100, isLaptop: false }));
  test('does not take 255, unknown, for a charge', async () => expect(await read(0, 1, 255, 2)).toBe('unknown'));
  test('does not take 255, unknown, for a plug', async () => expect(await read(255, 128, 255, 1)).toBe('unknown'));
  test('does not take 255, unknown, for the flag of no battery', async () => expect(await read(1, 255, 255, 2)).toBe('unknown'));
});

test('a program that keeps the display on inhibits; what keeps only the system awake does not', async () => {
  const read = async (state: number) => (await openWindowsInhibitor(context, { executionState: () => state })).read();
  expect(await read(0x1)).toMatchObject({ kind: 'known', value: [] });
  expect(await read(0x3)).toMatchObject({ kind: 'known', value: [{ who: 'A program', why: 'keeps the display on' }] });
});

test('a connection is metered where Windows says fixed, variable or roaming, and unknown where it does not know', async () => {
  const read = async (level: number, cost: number, roaming = false) => {
    const reading = (await openWindowsMetered(context, { connectivityHint: () => ({ level, cost, roaming }) })).read();
    return reading.kind === 'known' ? reading.value : reading.kind;
  };
  expect(await read(3, 1)).toBe(false);
  expect(await read(3, 2)).toBe(true);
  expect(await read(3, 3)).toBe(true);
  expect(await read(3, 1, true)).toBe(true);
  expect(await read(1, 0)).toBe(false);
  expect(await read(3, 0)).toBe('unknown');
});

test('the processor time of our jobs is not taken for that of others', async () => {
  const now = { ms: 0 };
  let [idleMs, kernelMs, userMs, oursMs] = [0, 0, 0, 0];
  const sensor = await openWindowsCpu(contextAt(now), { systemTimes: () => ({ idleMs, kernelMs, userMs }), ourCpuMs: () => oursMs });
  expect(sensor.read()).toMatchObject({ kind: 'unknown', fix: null });
  now.ms = 1_000; // four processors: one idle, two for a job, one for the owner; kernel time has the idle time in it
  [idleMs, kernelMs, userMs, oursMs] = [1_000, 1_200, 2_800, 2_000];
  expect(sensor.read()).toMatchObject({ kind: 'known', value: { shareByOthers: 0.25 } });
  now.ms = 1_500;
  expect(sensor.read()).toMatchObject({ kind: 'known', value: { shareByOthers: 0.25 } });
  now.ms = 2_000;
  [idleMs, kernelMs, oursMs] = [5_000, 5_200, 2_020]; // the engine's count is late: not below nothing
  expect(sensor.read()).toMatchObject({ kind: 'known', value: { shareByOthers: 0 } });
});

test('named programs are found whatever their case, with or without folder and .exe, and in the owner’s words', async () => {
  const processes = () => [
    { pid: 4, name: 'System' },
    { pid: 9, name: 'Blender.EXE' },
    { pid: 10, name: 'notepad.exe' },
  ];
  const namedPrograms = () => ['blender', 'C:\\Games\\Doom.exe', 'C:\\Windows\\Notepad.exe'];
  const sensor = await openWindowsPrograms(context, { processes, namedPrograms });
  expect(sensor.read()).toMatchObject({ kind: 'known', value: ['blender', 'C:\\Windows\\Notepad.exe'] });
});

test('what is costly to make is made once a second at most, and again at once after a failure', () => {
  const now = { ms: 0 };
  let made = 0;
  const list = remembered(
    () => {
      made += 1;
      if (made === 2) throw new Error('CreateToolhelp32Snapshot failed');
      return made;
    },
    () => now.ms,
  );
  expect([list(), list()]).toEqual([1, 1]);
  now.ms = 1_000;
  expect(list).toThrow('CreateToolhelp32Snapshot failed');
  expect([list(), list()]).toEqual([3, 3]);
});
