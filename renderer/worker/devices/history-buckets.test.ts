import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TelemetryPoint } from '../../../src/contract/model/telemetry.ts';
import { historyBuckets, rangeOf } from './history-buckets.ts';

const point = (atMs: number, temperatureC: number | null, maxTemperatureC: number | null = temperatureC): TelemetryPoint => ({
  atMs,
  temperatureC,
  maxTemperatureC,
  busyShare: null,
  powerW: null,
  vramUsedBytes: null,
  coreClockMhz: null,
});

describe('the past of a device, for a chart', () => {
  it('averages what falls into one place, and keeps its hottest moment', () => {
    const points = [point(0, 50), point(10, 60, 71), point(50, 80)];
    expect(historyBuckets(points, 'temperature', 0, 100, 2)).toEqual([
      { atMs: 25, mean: 55, high: 71 },
      { atMs: 75, mean: 80, high: 80 },
    ]);
  });

  it('leaves a place empty where nothing was written down, or nothing was known', () => {
    expect(historyBuckets([point(5, null)], 'temperature', 0, 20, 2).map((bucket) => bucket.mean)).toEqual([null, null]);
    expect(historyBuckets([point(5, 50)], 'power', 0, 20, 2).map((bucket) => [bucket.mean, bucket.high])).toEqual([
      [null, null],
      [null, null],
    ]);
  });

  it('drops what is outside the range', () => {
    expect(historyBuckets([point(-1, 50), point(20, 50), point(21, 50)], 'temperature', 0, 20, 1)).toEqual([
      { atMs: 10, mean: null, high: null },
    ]);
  });

  it('never shows a figure outside what was measured', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 999 }), fc.option(fc.double({ min: 0, max: 120, noNaN: true }))), { minLength: 1 }),
        (raw) => {
          const points = raw.map(([atMs, heat]) => point(atMs, heat)).sort((a, b) => a.atMs - b.atMs);
          const range = rangeOf(points, 'temperature');
          const shown = historyBuckets(points, 'temperature', 0, 1_000, 7).flatMap(({ mean }) => (mean === null ? [] : [mean]));
          if (range === null) expect(shown).toEqual([]);
          else for (const mean of shown) expect(mean >= range.low - 1e-9 && mean <= range.high + 1e-9).toBe(true);
        },
      ),
    );
  });

  it('sums up the points themselves: lowest, mean, and the hottest moment', () => {
    expect(rangeOf([point(0, 50), point(1, null), point(2, 70, 83)], 'temperature')).toEqual({ low: 50, mean: 60, high: 83 });
    expect(rangeOf([point(0, null)], 'temperature')).toBeNull();
  });
});
