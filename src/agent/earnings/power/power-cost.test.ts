import { describe, expect, it } from 'vitest';
import type { NetworkInfo } from '../../../contract/cloud-api.ts';
import type { DeviceBenchmark } from '../../../contract/model/benchmark.ts';
import type { Prices } from '../../../contract/model/prices.ts';
import { resolveSettings } from '../../settings/layers.ts';
import { openPowerCosts, type PowerCostDeps } from './power-cost.ts';
import { CPU, GPU, resultOf } from './testing/machine.ts';

const NETWORK: NetworkInfo = {
  id: 'n',
  name: 'n',
  version: '0',
  publicKey: '',
  currency: 'TEST',
  takeRateBasisPoints: 1_000,
  holdbackMs: 0,
};
const PRICES: Prices = {
  atMs: 1,
  days: 7,
  items: [
    { deviceClass: 'gpu', asks: null, paid: null },
    {
      deviceClass: 'cpu',
      asks: null,
      paid: { leases: 3, unfrozenMs: 9, p10MicroPerHour: 1, medianMicroPerHour: 40_000, p90MicroPerHour: 80_000 },
    },
  ],
};
const BENCHMARK: DeviceBenchmark = {
  deviceId: 'gpu',
  last: null,
  result: resultOf(20, 184),
  standing: 'current',
  datasheet: [],
  nextAtMs: null,
};
const owners = (values: Readonly<Record<string, unknown>>) =>
  resolveSettings(Object.entries(values).map(([key, value]) => ({ layer: 'owner', key, value: JSON.stringify(value), locked: false })));
const FREE_SUPPLY = { 'power.supplyEfficiency': 1 };

function room(change: Partial<PowerCostDeps> = {}) {
  const devices = [CPU, GPU];
  const benchmarks = [BENCHMARK];
  const settings = owners(FREE_SUPPLY);
  return openPowerCosts({
    nowMs: () => 1_000,
    devices: () => devices,
    benchmarks: () => benchmarks,
    settings: () => settings,
    network: () => NETWORK,
    prices: () => PRICES,
    statedPowerW: () => null,
    ...change,
  });
}
/** The first cost of a machine of which this is different. */
const costWith = (change: Partial<PowerCostDeps> = {}) => room(change).costs()[0];

describe('what devices cost their owner', () => {
  it('is told for each device that can be offered, with floor, ask and verdict', () => {
    const [cpu, gpu, ...more] = room().costs();
    expect(more).toEqual([]);
    expect(cpu).toMatchObject({
      deviceId: 'cpu',
      drawW: 121.6,
      drawSource: 'guess',
      microPerKwh: 300_000,
      tariffIsAssumed: true,
      costMicroPerHour: 36_480,
      floorMicroPerHour: 44_587, // (36,480 + 10%) / 0.9
      askMicroPerHour: 50_000,
      netMicroPerHour: 45_000 - 36_480,
      market: { paidMicroPerHour: 40_000, leases: 3, days: 7 },
      verdict: 'loses', // 36,000 after the fee
    });
    expect(gpu).toMatchObject({
      deviceId: 'gpu',
      drawW: 172,
      drawSource: 'measured',
      askMicroPerHour: 200_000,
      market: null,
      verdict: 'unknown',
    });
  });

  it('leaves out software, and what is lost', () => {
    const devices = [
      { ...GPU, kind: 'software' as const },
      { ...GPU, health: { kind: 'lost' as const, sinceMs: 1, detail: '', fix: '' } },
    ];
    const costs = room({ devices: () => devices });
    expect(costs.costs()).toEqual([]);
    expect(costs.askMicroPerHour('gpu')).toBeNull();
  });

  it('lifts the ask to the floor, unless the owner wants to work at a loss', () => {
    const cheap = { ...FREE_SUPPLY, 'pricing.cpuMicroPerHour': 10_000 };
    const lifted = owners(cheap);
    const [cost] = room({ settings: () => lifted }).costs();
    expect(cost).toMatchObject({ askMicroPerHour: 44_587, floorMicroPerHour: 44_587 });
    expect(cost?.verdictDetail).toContain('instead of your 0.01');
    expect(room({ settings: () => lifted }).askMicroPerHour('cpu')).toBe(44_587);

    const allowed = owners({ ...cheap, 'pricing.neverBelowCost': false });
    expect(costWith({ settings: () => allowed })).toMatchObject({ askMicroPerHour: 10_000, netMicroPerHour: 9_000 - 36_480 });
  });

  it('takes the highest published fee before this worker has enrolled', () => {
    expect(costWith({ network: () => null })).toMatchObject({ floorMicroPerHour: 50_160 }); // 40,128 / 0.8
  });

  it('charges the hour it is now, and asks for the dearest in which work may run', () => {
    const evening = Array.from({ length: 7 }, () => 1 << 18);
    const tariff = { kind: 'time-of-use', otherMicroPerKwh: 100_000, periods: [{ name: 'Evening', hours: evening, microPerKwh: 500_000 }] };
    const utc = { ...FREE_SUPPLY, 'power.tariff': tariff, 'schedule.timeZone': 'UTC' };
    const always = owners(utc);
    const at = (hour: number) => costWith({ settings: () => always, nowMs: () => hour * 3_600_000 });
    expect(at(12)).toMatchObject({ microPerKwh: 100_000, costMicroPerHour: 12_160, floorMicroPerHour: 74_312, tariffIsAssumed: false });
    expect(at(18)).toMatchObject({ microPerKwh: 500_000, costMicroPerHour: 60_800, floorMicroPerHour: 74_312 });
    expect([at(12)?.verdictDetail, at(18)?.verdictDetail].map((detail) => detail?.includes('costs up to'))).toEqual([true, false]);
    const mornings = owners({ ...utc, 'schedule.hours': Array.from({ length: 7 }, () => 0b111) });
    expect(costWith({ settings: () => mornings })).toMatchObject({ floorMicroPerHour: 14_863 });
  });
});

describe('looking at it', () => {
  it('gives the same array for as long as nothing has changed, also over a minute', () => {
    let nowMs = 1_000;
    let looks = 0;
    const statedPowerW = (): null => {
      looks += 1;
      return null;
    };
    const { costs } = room({ nowMs: () => nowMs, statedPowerW });
    const first = costs();
    nowMs += 1_000;
    expect(costs()).toBe(first);
    expect(looks, 'one look at two devices').toBe(2);
    nowMs += 60_000;
    expect(costs()).toBe(first);
    expect(looks).toBe(4);
  });

  it('follows what has changed at once', () => {
    let prices: Prices | null = PRICES;
    const { costs } = room({ prices: () => prices });
    const first = costs();
    prices = null;
    expect(costs()).not.toBe(first);
    expect(costs()[0]).toMatchObject({ market: null, verdict: 'unknown' });
  });
});
