import { describe, expect, it } from 'vitest';
import { type Standing, verdictOf } from './verdict.ts';

const STANDING: Standing = {
  deviceClass: 'cpu',
  costMicro: 60_000,
  costIsPeak: false,
  microPerKwh: 300_000,
  tariffIsAssumed: false,
  ownMicro: 100_000,
  askMicro: 100_000,
  takeRateBasisPoints: 2_000,
  market: { paidMicroPerHour: 50_000, leases: 12, days: 7 },
  pricesAreKnown: true,
  currency: 'TEST',
};
const paying = (paidMicroPerHour: number, change: Partial<Standing> = {}) =>
  verdictOf({ ...STANDING, market: { paidMicroPerHour, leases: 12, days: 7 }, ...change });

describe('the verdict at today’s prices', () => {
  it('is a loss where what was paid leaves less than the electricity after the fee, with the figures', () => {
    expect(paying(50_000)).toEqual({
      verdict: 'loses',
      verdictDetail:
        "Loses money at today's prices: leases of CPUs of any kind paid 0.05 TEST an hour, 0.04 after the fee; its electricity costs 0.06 TEST an hour. You ask more than that: 0.10 TEST.",
    });
    expect(paying(74_999).verdict).toBe('loses');
    expect(paying(75_000).verdict).toBe('earns');
  });

  it('is earning where it leaves as much or more', () => {
    expect(paying(120_000)).toEqual({
      verdict: 'earns',
      verdictDetail:
        "Earns at today's prices: leases of CPUs of any kind paid 0.12 TEST an hour, 0.096 after the fee; its electricity costs 0.06 TEST an hour.",
    });
  });

  it('is not known without leases or without an answer of the network', () => {
    const without = (change: Partial<Standing>) => verdictOf({ ...STANDING, market: null, ...change });
    expect(without({})).toEqual({
      verdict: 'unknown',
      verdictDetail:
        "Not known at today's prices, because no lease of a CPU has been paid on this network lately; its electricity costs 0.06 TEST an hour.",
    });
    expect(without({ pricesAreKnown: false, currency: null }).verdictDetail).toBe(
      "Not known at today's prices, because the network has not told what leases pay; its electricity costs 0.06 credits an hour.",
    );
  });

  it('says an assumed tariff, a floor that lifts the ask, and a loss that the owner allows', () => {
    expect(paying(120_000, { tariffIsAssumed: true }).verdictDetail).toContain(
      'costs 0.06 TEST an hour at the assumed 0.30 a kilowatt-hour.',
    );
    expect(paying(120_000, { ownMicro: 50_000, askMicro: 82_500 }).verdictDetail).toContain(
      'It is offered for 0.0825 TEST instead of your 0.05: less would not cover its electricity and your margin after the fee.',
    );
    expect(paying(120_000, { ownMicro: 50_000, askMicro: 50_000 }).verdictDetail).toContain(
      'It is offered for your 0.05 TEST all the same, at a loss: the setting that forbids it is off.',
    );
  });

  it('says of the dearest hour that it is not the price of now', () => {
    expect(paying(50_000, { costIsPeak: true }).verdictDetail).toContain('its electricity costs up to 0.06 TEST an hour.');
  });

  it('does not round a small amount to nothing', () => {
    expect(paying(12).verdictDetail).toContain('paid 0.000012 TEST an hour, 0.000009 after');
  });
});
