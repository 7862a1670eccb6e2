import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chargeMicro, feeMicro } from '../../../contract/model/money.ts';
import { settings } from '../../../contract/model/settings.ts';
import { afterFeeMicro, costMicroPerHour, floorMicroPerHour, ownPriceMicroPerHour } from './cost.ts';

const draws = fc.double({ min: 0, max: 5_000, noNaN: true });
const rates = fc.integer({ min: 0, max: 10_000_000 });
const margins = fc.double({ min: 0, max: 10, noNaN: true });
const takes = fc.integer({ min: 0, max: 9_000 });

describe('the cost of an hour', () => {
  it('is kilowatts times the price, in whole micro-credits, rounded up', () => {
    expect(costMicroPerHour(345, 300_000)).toBe(103_500);
    expect(costMicroPerHour(0.1, 1)).toBe(1);
    expect(costMicroPerHour(0, 300_000)).toBe(0);
    expect(costMicroPerHour(300, 0)).toBe(0);
    expect(costMicroPerHour(137.3, 300_000), 'no more for a float').toBe(41_190);
    fc.assert(
      fc.property(draws, rates, (drawW, microPerKwh) => {
        const cost = costMicroPerHour(drawW, microPerKwh);
        expect(Number.isSafeInteger(cost)).toBe(true);
        expect(cost).toBeGreaterThanOrEqual(Math.floor((drawW / 1000) * microPerKwh));
        expect(cost).toBeLessThanOrEqual(((drawW + 0.1) / 1000) * microPerKwh + 1);
      }),
    );
  });
});

describe('the floor', () => {
  it('leaves cost and margin after the fee', () => {
    expect(floorMicroPerHour(40_000, 0.1, 2_000)).toBe(55_000);
    expect(floorMicroPerHour(40_000, 0, 0)).toBe(40_000);
    expect(floorMicroPerHour(0, 0.1, 2_000)).toBe(0);
    expect(floorMicroPerHour(40_000, 0.07, 0), 'no more for a float').toBe(42_800);
  });

  it('is the lowest price that does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000_000 }), margins, takes, (cost, margin, take) => {
        const floor = floorMicroPerHour(cost, margin, take);
        const wanted = Math.ceil((cost * (10_000 + Math.ceil(Number((margin * 10_000).toFixed(6))))) / 10_000);
        expect(afterFeeMicro(floor, take)).toBeGreaterThanOrEqual(wanted);
        expect(afterFeeMicro(floor - 1, take)).toBeLessThan(wanted);
      }),
    );
  });

  it('pays for the electricity of a lease of any length, but for the rounding of its one bill', () => {
    fc.assert(
      fc.property(draws, rates, takes, fc.integer({ min: 1, max: 7 * 24 * 3_600_000 }), (drawW, microPerKwh, take, unfrozenMs) => {
        const charge = chargeMicro(unfrozenMs, floorMicroPerHour(costMicroPerHour(drawW, microPerKwh), 0, take));
        const electricity = (drawW / 1_000) * microPerKwh * (unfrozenMs / 3_600_000);
        expect(charge - feeMicro(charge, take)).toBeGreaterThan(electricity - 3);
      }),
    );
  });

  it('is a price that nobody pays where the fee takes everything', () => {
    expect(floorMicroPerHour(1, 0, 10_000)).toBe(1_000_000_000_000);
  });
});

it('the owner’s price is that of the device, else of its class', () => {
  const values = settings.parse({ 'pricing.ofDevices': { a: 1, b: 0 } });
  expect(ownPriceMicroPerHour('a', 'gpu', values)).toBe(1);
  expect(ownPriceMicroPerHour('b', 'gpu', values)).toBe(0);
  expect(ownPriceMicroPerHour('c', 'gpu', values)).toBe(values['pricing.gpuMicroPerHour']);
  expect(ownPriceMicroPerHour('c', 'cpu', values)).toBe(values['pricing.cpuMicroPerHour']);
});
