import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HardwareDevice } from '../../../contract/model/device.ts';
import { settings } from '../../../contract/model/settings.ts';
import type { DeviceSample, TelemetryPoint } from '../../../contract/model/telemetry.ts';
import { createLogger } from '../../../lib/log.ts';
import { tempFolder } from '../../../lib/testing/temp-folder.ts';
import { openStore } from '../../store/open.ts';
import { openTelemetry } from './telemetry.ts';
import { madeGpu, madeSample } from './testing/made-devices.ts';

const HOUR_MS = 3_600_000;
/** A day on which Berlin's clocks went back. */
const START_MS = Date.UTC(2026, 9, 25, 0, 30);

/** Telemetry on a real database and a played machine whose clock the test owns. */
function made(devices: readonly HardwareDevice[] = [madeGpu()]) {
  const dataDir = tempFolder();
  let db = openStore(dataDir);
  let nowMs = START_MS;
  let found = devices;
  let changes = 0;
  const next = new Map<string, Partial<DeviceSample> | null>();
  const open = () =>
    openTelemetry({
      db,
      clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
      hardware: {
        devices: () => found,
        sample: (id) => {
          const over = next.get(id);
          return over === null ? null : madeSample({ atMs: nowMs, ...over });
        },
      },
      settings: () => settings.parse({}),
      changed: () => {
        changes += 1;
      },
      logger: createLogger('test', 'silent'),
    });
  let telemetry = open();
  return {
    get telemetry() {
      return telemetry;
    },
    changes: () => changes,
    find: (now: readonly HardwareDevice[]) => {
      found = now;
    },
    set: (over: Partial<DeviceSample> | null, id = 'dev_a') => next.set(id, over),
    jump: (ms: number) => {
      nowMs += ms;
    },
    /** So many seconds go by, a look at the end of each. */
    run(seconds: number, over?: (second: number) => Partial<DeviceSample> | null) {
      for (let second = 0; second < seconds; second++) {
        nowMs += 1_000;
        if (over) next.set('dev_a', over(second));
        telemetry.tick(nowMs);
      }
    },
    restart(how: 'closed' | 'crashed') {
      if (how === 'closed') telemetry[Symbol.dispose]();
      db.close();
      db = openStore(dataDir);
      telemetry = open();
    },
    rows: () => db.prepare<[], { step_ms: number; n: number }>('SELECT step_ms, count(*) AS n FROM telemetry GROUP BY step_ms').all(),
  };
}
const figures = (points: readonly TelemetryPoint[]) => points.map(({ powerW }) => powerW);

describe('what devices do', () => {
  it('is there at once, second by second, with the minutes and hours once a minute is over', () => {
    const machine = made();
    machine.run(30, (second) => ({ powerW: second }));
    expect(figures(machine.telemetry.history('dev_a', 'minutes').points)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(machine.telemetry.latest()).toMatchObject({ dev_a: { powerW: 29 } });
    machine.run(30, (second) => ({ powerW: 30 + second, temperatureC: 40 + second }));
    const [minute] = machine.telemetry.history('dev_a', 'days').points;
    // The first minute has 59 looks: the first was a second after it began.
    expect(minute).toEqual({
      atMs: START_MS,
      busyShare: 0.9,
      temperatureC: expect.closeTo((30 * 60 + 29 * 54) / 59),
      maxTemperatureC: 68,
      powerW: expect.closeTo(29),
      vramUsedBytes: 2 ** 30,
      coreClockMhz: 2_500,
    });
    expect(machine.telemetry.history('dev_a', 'ever').points).toEqual([{ ...minute, atMs: START_MS - HOUR_MS / 2 }]);
  });

  it('is one look a second, however often it is asked for', () => {
    const machine = made();
    machine.run(2);
    machine.telemetry.tick(START_MS + 2_400);
    machine.telemetry.tick(START_MS + 2_999);
    expect(machine.telemetry.history('dev_a', 'minutes').points).toHaveLength(2);
  });

  it('is the same object where no look gave anything else', () => {
    const machine = made();
    machine.set(null);
    machine.run(1);
    const latest = machine.telemetry.latest();
    machine.run(1);
    expect(machine.telemetry.latest()).toBe(latest);
  });

  it('loses a minute in a crash and nothing when it is closed', () => {
    const machine = made();
    machine.run(100);
    machine.restart('crashed');
    expect(machine.telemetry.history('dev_a', 'minutes').points).toHaveLength(59);
    machine.run(10);
    machine.restart('closed');
    expect(machine.telemetry.history('dev_a', 'minutes').points).toHaveLength(69);
  });

  it('keeps an hour of seconds, a week of minutes and every hour', () => {
    const machine = made();
    machine.run(4 * 3_600);
    const { telemetry } = machine;
    expect(telemetry.history('dev_a', 'minutes').points).toHaveLength(3_600);
    expect(telemetry.history('dev_a', 'days').points).toHaveLength(240);
    expect(telemetry.history('dev_a', 'ever').points).toHaveLength(5); // from half past to half past
    expect(machine.rows().find((row) => row.step_ms === 1_000)?.n).toBeLessThanOrEqual(7_200 + 600);
    machine.jump(8 * 24 * HOUR_MS);
    machine.run(1);
    expect(telemetry.history('dev_a', 'days').points).toEqual([]);
    expect(telemetry.history('dev_a', 'ever').points).toHaveLength(5);
  });

  it('goes on in the minute and the hour of before a restart', () => {
    const machine = made();
    machine.run(29, () => ({ powerW: 100 }));
    machine.restart('closed');
    machine.run(31, () => ({ powerW: 200 }));
    const powerW = expect.closeTo((29 * 100 + 30 * 200) / 59);
    expect(machine.telemetry.history('dev_a', 'days').points).toMatchObject([{ powerW }]);
    expect(machine.telemetry.history('dev_a', 'ever').points).toMatchObject([{ powerW }]);
  });

  it('shows a clock that was set back once, and nothing of a time to come', () => {
    const machine = made();
    machine.run(600, () => ({ powerW: 1 }));
    machine.jump(-300_000);
    machine.run(60, () => ({ powerW: 2 }));
    const { points } = machine.telemetry.history('dev_a', 'minutes');
    expect(points.map(({ atMs }) => atMs)).toEqual([...new Set(points.map(({ atMs }) => atMs))].sort((a, b) => a - b));
    expect(figures(points.slice(-60))).toEqual(Array.from({ length: 60 }, () => 2));
    expect(points).toHaveLength(360);
  });

  it('loses nothing to a clock that was wrong by years for a while', () => {
    const machine = made();
    machine.run(600);
    machine.jump(20 * 365 * 24 * HOUR_MS);
    machine.run(3 * 3_600); // longer than seconds are kept
    machine.jump(-20 * 365 * 24 * HOUR_MS);
    machine.run(3_600 + 600);
    expect(machine.telemetry.history('dev_a', 'minutes').points).toHaveLength(3_600);
    expect(machine.telemetry.history('dev_a', 'days').points).toHaveLength(81);
    expect(machine.telemetry.history('dev_a', 'ever').points).toHaveLength(3); // those of the ten minutes before, and of the last two
  });

  it('comes to the same mean, peak and number of points however long it is watched, whatever is unknown and wherever there are gaps', () => {
    const look = fc.record({
      gapS: fc.oneof({ weight: 20, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 400 })),
      temperatureC: fc.option(fc.double({ min: 0, max: 110, noNaN: true })),
      powerW: fc.option(fc.double({ min: 0, max: 600, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(look, { minLength: 1, maxLength: 300 }), fc.boolean(), (looks, restarts) => {
        const machine = made();
        const seen = looks.map(({ gapS, temperatureC, powerW }, index) => {
          machine.jump((gapS - 1) * 1_000);
          machine.run(1, () => ({ temperatureC, powerW }));
          if (restarts && index % 50 === 49) machine.restart('closed');
          return { temperatureC, powerW };
        });
        machine.restart('closed');
        const seconds = machine.telemetry.history('dev_a', 'minutes').points;
        const atMs = seconds.map((point) => point.atMs);
        expect(new Set(atMs).size).toBe(atMs.length);
        // Of looks that lie within the hour, each is there as it was.
        expect(seconds.map(({ temperatureC, powerW }) => ({ temperatureC, powerW }))).toEqual(seen.slice(-seconds.length));
        for (const range of ['days', 'ever'] as const) {
          const { points, stepMs } = machine.telemetry.history('dev_a', range);
          for (const point of points) {
            const within = seconds.filter((second) => Math.floor(second.atMs / stepMs) * stepMs === point.atMs);
            if (point.atMs < (seconds[0]?.atMs ?? 0)) continue; // part of it is no longer told by the second
            const known = within.flatMap(({ powerW }) => (powerW === null ? [] : [powerW]));
            const warm = within.flatMap(({ temperatureC }) => (temperatureC === null ? [] : [temperatureC]));
            if (known.length === 0) expect(point.powerW).toBeNull();
            else expect(point.powerW).toBeCloseTo(known.reduce((sum, each) => sum + each, 0) / known.length, 6);
            expect(point.maxTemperatureC).toBe(warm.length === 0 ? null : Math.max(...warm));
          }
          const steps = new Set(seconds.map((second) => Math.floor(second.atMs / stepMs) * stepMs));
          for (const step of steps) expect(points.some((point) => point.atMs === step)).toBe(true);
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe('a device that cannot be trusted', () => {
  const two = [madeGpu(), madeGpu({ id: 'dev_b' })];
  const WRONG = { code: 'wrong-results', detail: 'It miscounted.', fix: null } as const;

  it('is quarantined alone, over restarts, until its time', () => {
    const machine = made(two);
    machine.telemetry.raise('dev_a', WRONG);
    expect(machine.changes()).toBe(1);
    machine.restart('crashed');
    expect(machine.telemetry.health('dev_a')).toEqual({
      kind: 'quarantined',
      cause: { ...WRONG, sinceMs: START_MS },
      alarms: [],
      untilMs: START_MS + HOUR_MS,
    });
    expect(machine.telemetry.health('dev_b').kind).toBe('good');
    machine.jump(HOUR_MS);
    machine.run(1);
    expect(machine.telemetry.health('dev_a').kind).toBe('good');
    expect(machine.changes()).toBe(2);
    machine.restart('crashed');
    machine.telemetry.raise('dev_a', WRONG);
    expect(machine.telemetry.health('dev_a')).toMatchObject({ untilMs: START_MS + HOUR_MS + 1_000 + 24 * HOUR_MS });
  });

  it('is released by its owner, and begins anew', () => {
    const machine = made(two);
    machine.telemetry.raise('dev_a', WRONG);
    machine.telemetry.release('dev_a');
    expect(machine.telemetry.health('dev_a').kind).toBe('good');
    machine.restart('closed');
    expect(machine.telemetry.health('dev_a').kind).toBe('good');
    machine.telemetry.raise('dev_a', WRONG);
    expect(machine.telemetry.health('dev_a')).toMatchObject({ untilMs: START_MS + HOUR_MS });
    expect(() => machine.telemetry.release('dev_x')).toThrow(/no device/);
  });

  it('is one whose memory errors grow', () => {
    const machine = made(two);
    machine.run(3, (second) => ({ memoryErrors: second === 2 ? 1 : 0 }));
    expect(machine.telemetry.health('dev_a')).toMatchObject({ kind: 'quarantined', cause: { code: 'memory-errors' } });
    expect(machine.telemetry.health('dev_b').kind).toBe('good');
  });

  it('is lost before all, is not released then, and is quarantined still when it comes back', () => {
    const machine = made(two);
    machine.telemetry.raise('dev_a', WRONG);
    machine.find([madeGpu({ health: { kind: 'lost', sinceMs: 1, detail: 'Gone.', fix: 'Restart.' } })]);
    machine.run(1);
    expect(machine.telemetry.health('dev_a').kind).toBe('lost');
    expect(() => machine.telemetry.release('dev_a')).toThrow(/not there/);
    machine.find(two);
    machine.run(1);
    expect(machine.telemetry.health('dev_a').kind).toBe('quarantined');
  });
});

it('tells the devices anew only when one of them, or its health, is another', () => {
  const machine = made();
  const { telemetry } = machine;
  const before = telemetry.devices();
  machine.run(100);
  expect(telemetry.devices()).toBe(before);
  expect(machine.changes()).toBe(0);
  machine.run(3, () => ({ temperatureC: 90 }));
  expect(machine.changes()).toBe(1);
  const hot = telemetry.devices();
  expect(hot).toMatchObject([{ health: { kind: 'good', alarms: [{ code: 'hot' }] } }]);
  machine.run(50);
  expect(telemetry.devices()).toBe(hot);
  machine.find([madeGpu({ id: 'dev_new' })]);
  expect(telemetry.devices()).toMatchObject([{ id: 'dev_new' }]);
});
