import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HardwareDevice } from '../../../contract/model/device.ts';
import type { DeviceSample } from '../../../contract/model/telemetry.ts';
import { type Breach, lookAgain, NOTHING_SEEN, type Watch } from './alarms.ts';
import { madeGpu, madeSample } from './testing/made-devices.ts';

const LIMITS = { gpuLimitC: 84, cpuLimitC: 92 };
const GPU = madeGpu();

/** Looks at each sample in turn, a second apart; null: no sample. */
function watched(samples: readonly (Partial<DeviceSample> | null)[], device: HardwareDevice = GPU) {
  const seen: Watch[] = [];
  const breaches: Breach[] = [];
  let watch = NOTHING_SEEN;
  for (const [index, over] of samples.entries()) {
    const sample = over && madeSample({ atMs: index * 1_000, ...over });
    const next = lookAgain(watch, device, sample, LIMITS);
    watch = next.watch;
    seen.push(watch);
    if (next.breach) breaches.push(next.breach);
  }
  return { alarms: watch.alarms, codes: watch.alarms.map(({ code }) => code), seen, breaches };
}
const times = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);

describe('a hot device', () => {
  it('is one at the owner’s limit, with since when and what to do', () => {
    const { alarms } = watched([...times(5, {}), ...times(3, { temperatureC: 84 })]);
    expect(alarms).toEqual([
      {
        code: 'hot',
        sinceMs: 7_000,
        detail: expect.stringContaining('84 °C, the limit in your settings'),
        fix: expect.stringContaining('fans'),
      },
    ]);
  });

  it('is one at its own limit where that is lower, and a processor has a limit of its own', () => {
    expect(watched(times(3, { temperatureC: 80, limitC: 79 })).alarms[0]?.detail).toContain('where it slows itself down');
    expect(watched(times(20, { temperatureC: 90, limitC: null }), madeGpu({ kind: 'cpu' })).codes).toEqual([]);
    expect(watched(times(3, { temperatureC: 92, limitC: null }), madeGpu({ kind: 'cpu' })).codes).toEqual(['hot']);
  });

  it('stays one until it has cooled for a while', () => {
    const hot = times(3, { temperatureC: 90 });
    expect(watched([...hot, ...times(100, { temperatureC: 80 })]).codes).toEqual(['hot']);
    expect(watched([...hot, ...times(9, { temperatureC: 79 })]).codes).toEqual(['hot']);
    expect(watched([...hot, ...times(10, { temperatureC: 79 })]).codes).toEqual([]);
  });

  it('does not change its mind while nothing is measured', () => {
    const hot = times(3, { temperatureC: 90 });
    expect(watched([...hot, ...times(100, { temperatureC: null })]).codes).toEqual(['hot']);
    expect(watched([{ temperatureC: 90 }, { temperatureC: null }, { temperatureC: 90 }, { temperatureC: 90 }]).codes).toEqual(['hot']);
  });

  it('is forgotten once it has slept for a minute', () => {
    const hot = times(3, { temperatureC: 90 });
    expect(watched([...hot, ...times(59, null)]).codes).toEqual(['hot']);
    expect(watched([...hot, ...times(60, null)]).codes).toEqual([]);
  });

  it('never comes and goes with a temperature that moves between cool and the limit', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.double({ min: 79.01, max: 83.99, noNaN: true }), { maxLength: 200 }), (wasHot, degrees) => {
        const before = times(3, { temperatureC: wasHot ? 95 : 50 });
        const { codes } = watched([...before, ...degrees.map((temperatureC) => ({ temperatureC }))]);
        expect(codes).toEqual(wasHot ? ['hot'] : []);
      }),
    );
  });

  it('changes at most once in as many looks as it takes, and says nothing new in between', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.double({ min: 60, max: 100, noNaN: true })), { maxLength: 300 }), (degrees) => {
        const { seen } = watched(degrees.map((temperatureC) => ({ temperatureC })));
        const changes = seen.flatMap((watch, index) => (watch.alarms === (seen[index - 1] ?? NOTHING_SEEN).alarms ? [] : [index]));
        for (const [index, at] of changes.entries()) expect(at - (changes[index - 1] ?? -1)).toBeGreaterThanOrEqual(3);
      }),
    );
  });
});

it('memory that reaches 105 °C is an alarm until it is at 98 °C', () => {
  const hot = times(3, { memoryTemperatureC: 105 });
  expect(watched(times(60, { memoryTemperatureC: 104 })).codes).toEqual([]);
  expect(watched([...hot, ...times(60, { memoryTemperatureC: 99 })]).codes).toEqual(['memory-hot']);
  expect(watched([...hot, ...times(10, { memoryTemperatureC: 98 })]).codes).toEqual([]);
});

describe('a throttled device', () => {
  it('is one that heat or its supply slows down for a while, not for a moment', () => {
    expect(watched(times(14, { throttle: ['thermal'] })).codes).toEqual([]);
    expect(watched(times(15, { throttle: ['thermal', 'power'] })).alarms[0]).toMatchObject({
      code: 'throttled',
      detail: expect.stringContaining('too hot'),
    });
    expect(watched(times(15, { throttle: ['hardware'] })).alarms[0]?.fix).toContain('power cables');
  });

  it('is none at the power limit that its owner chose, nor where the driver does not say', () => {
    expect(watched(times(500, { throttle: ['power', 'sync', 'other'] })).codes).toEqual([]);
    expect(watched(times(500, { throttle: null })).codes).toEqual([]);
  });
});

describe('a fan that stands still', () => {
  it('is an alarm where the card is hot', () => {
    expect(watched(times(20, { fanShare: 0, temperatureC: 76 })).codes).toEqual(['fan-stopped']);
    expect(watched([...times(20, { fanShare: 0, temperatureC: 76 }), ...times(10, { fanShare: 0.3, temperatureC: 76 })]).codes).toEqual([]);
  });

  it('is none where the card is cool, or reports no fan', () => {
    expect(watched(times(200, { fanShare: 0, temperatureC: 55 })).codes).toEqual([]);
    expect(watched(times(200, { fanShare: null, temperatureC: 80 })).codes).toEqual([]);
  });
});

it('a card in a riser is told to use one of its lanes, which needs nothing', () => {
  const riser = madeGpu({ link: { value: { generation: 3, width: 1, maxGeneration: 4, maxWidth: 16 }, source: 'test' } });
  expect(watched(times(10, { linkWidth: 1 }), riser).alarms).toMatchObject([
    { code: 'slow-link', detail: expect.stringContaining('1 of its 16'), fix: expect.stringContaining('Nothing') },
  ]);
  expect(watched(times(10, { linkWidth: null }), madeGpu({ link: null })).codes).toEqual([]);
});

describe('memory errors', () => {
  it('are a breach when they grow, once each time', () => {
    const { breaches, codes } = watched([{ memoryErrors: 2 }, { memoryErrors: 2 }, { memoryErrors: 3 }, { memoryErrors: 3 }]);
    expect(breaches).toMatchObject([{ code: 'memory-errors' }]);
    expect(codes).toEqual([]);
  });

  it('are none where they were there before, or where the driver counts anew', () => {
    expect(watched([{ memoryErrors: 7 }, { memoryErrors: null }, { memoryErrors: 7 }, { memoryErrors: 0 }]).breaches).toEqual([]);
    expect(watched([{ memoryErrors: 7 }, null, { memoryErrors: 0 }, { memoryErrors: 1 }]).breaches).toHaveLength(1);
  });
});
