import { expect, test } from 'vitest';
import type { DeviceSample } from '../../contract/model/telemetry.ts';
import { shareKept } from './suite/sustained.ts';
import { summarise } from './sustained.ts';

const sample = (of: Partial<DeviceSample>): DeviceSample => ({
  atMs: 0,
  source: 'nvml',
  busyShare: null,
  memoryBusyShare: null,
  temperatureC: null,
  hotspotC: null,
  memoryTemperatureC: null,
  limitC: null,
  powerW: null,
  powerLimitW: null,
  vramUsedBytes: null,
  coreClockMhz: null,
  memoryClockMhz: null,
  fanShare: null,
  throttle: null,
  linkGeneration: null,
  linkWidth: null,
  memoryErrors: null,
  ...of,
});

test('draw is the mean under load, heat the hottest moment', () => {
  const under = [
    sample({ powerW: 300, temperatureC: 60 }),
    sample({ powerW: 340, temperatureC: 71 }),
    sample({ powerW: null, temperatureC: 70 }),
  ];
  expect(summarise(sample({ powerW: 20 }), under)).toEqual({
    idlePowerW: 20,
    meanPowerW: 320,
    maxTemperatureC: 71,
    throttledShare: null,
    source: 'nvml',
  });
});

test('a power limit is the owner’s choice and not throttling; heat is', () => {
  const under = [
    sample({ throttle: ['power'] }),
    sample({ throttle: ['power', 'thermal'] }),
    sample({ throttle: [] }),
    sample({ throttle: ['hardware'] }),
  ];
  expect(summarise(null, under).throttledShare).toBe(0.5);
});

test('what nobody measured is unknown, not nothing', () => {
  expect(summarise(null, [])).toEqual({ idlePowerW: null, meanPowerW: null, maxTemperatureC: null, throttledShare: null, source: null });
});

test('a card that ends at four fifths of its pace keeps 0.8', () => {
  const ends = [0];
  for (let round = 0; round < 40; round++) ends.push((ends.at(-1) ?? 0) + (round < 20 ? 100 : 125));
  expect(shareKept(ends)).toBeCloseTo(0.8, 10);
});

test('a run of too few rounds says nothing about its end', () => {
  expect(shareKept([0, 100, 200])).toBeNull();
});
