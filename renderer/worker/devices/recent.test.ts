import { describe, expect, it } from 'vitest';
import type { DeviceSample, TelemetryPoint } from '../../../src/contract/model/telemetry.ts';
import { RECENT_MS, type RecentPoint, withHistory, withSample } from './recent.ts';

const figures = { busyShare: 0.5, temperatureC: 60, powerW: 200, vramUsedBytes: 1, coreClockMhz: 1_500 };
const sample = (atMs: number): DeviceSample => ({
  ...figures,
  atMs,
  source: 'NVML',
  memoryBusyShare: null,
  hotspotC: null,
  memoryTemperatureC: null,
  limitC: null,
  powerLimitW: null,
  memoryClockMhz: null,
  fanShare: null,
  throttle: null,
  linkGeneration: null,
  linkWidth: null,
  memoryErrors: null,
});
const point = (atMs: number): TelemetryPoint => ({ ...figures, atMs, maxTemperatureC: 60 });
const times = (points: readonly RecentPoint[]): readonly number[] => points.map(({ atMs }) => atMs);
const run = (...samples: readonly number[]): readonly RecentPoint[] =>
  samples.reduce<readonly RecentPoint[]>((held, atMs) => withSample(held, sample(atMs)), []);

describe('the last minutes of a device', () => {
  it('grow with each look and stay bounded', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => index * 1_000);
    const held = run(...many);
    expect(held).toHaveLength(RECENT_MS / 1_000);
    expect(times(held).at(-1)).toBe(999_000);
  });

  it('are the same object when the same look comes again, so that nothing is drawn anew', () => {
    const held = run(1_000, 2_000);
    expect(withSample(held, sample(2_000))).toBe(held);
  });

  it('begin anew after the clock was set back', () => {
    expect(times(withSample(run(50_000, 51_000), sample(7_000)))).toEqual([7_000]);
  });

  it('are seeded by what was written down, and keep what was seen since', () => {
    const held = run(10_500, 11_500, 12_500);
    expect(times(withHistory(held, [point(9_000), point(10_000), point(11_000)]))).toEqual([9_000, 10_000, 11_000, 11_500, 12_500]);
    expect(withHistory(held, [])).toBe(held);
  });

  it('take no more from what was written down than they look back', () => {
    const hour = Array.from({ length: 3_600 }, (_, index) => point(index * 1_000));
    expect(withHistory([], hour)).toHaveLength(RECENT_MS / 1_000);
  });
});
