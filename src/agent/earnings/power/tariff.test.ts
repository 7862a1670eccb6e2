import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Tariff } from '../../../contract/model/power.ts';
import { readSchedule, type Schedule } from '../../presence/schedule.ts';
import { readTariff } from './tariff.ts';

const ALL = 2 ** 24 - 1;
const HOUR_MS = 3_600_000;
const hours = (...list: number[]): number => list.reduce((mask, hour) => mask | (1 << hour), 0);
const every = (mask: number): number[] => Array.from({ length: 7 }, () => mask);
const NIGHT = hours(22, 23, 0, 1, 2, 3, 4, 5);
const utc = (text: string): number => Date.parse(`${text}Z`);
const ALWAYS: Schedule = { hours: every(ALL), timeZone: 'Europe/Berlin', openDates: [] };
const NIGHT_TARIFF: Tariff = {
  kind: 'time-of-use',
  otherMicroPerKwh: 300_000,
  periods: [
    { name: 'Night', hours: every(NIGHT), microPerKwh: 100_000 },
    { name: 'Evening', hours: every(hours(18, 19, 20, 21, 22)), microPerKwh: 450_000 },
  ],
};

const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns', 'UTC');
const weeks = fc.array(fc.integer({ min: 0, max: ALL }), { minLength: 7, maxLength: 7 });
const prices = fc.integer({ min: 0, max: 1_000_000 });
const tariffs: fc.Arbitrary<Tariff> = fc.record({
  kind: fc.constant('time-of-use' as const),
  otherMicroPerKwh: prices,
  periods: fc.array(fc.record({ name: fc.constant('p'), hours: weeks, microPerKwh: prices }), { minLength: 1, maxLength: 4 }),
});
const instants = fc.integer({ min: utc('2024-01-01T00:00:00'), max: utc('2030-01-01T00:00:00') });

/** Day of the week from Monday, and hour, as Intl writes them out: no code of ours. */
function wallClock(timeZone: string, wallMs: number): { readonly day: number; readonly hour: number } {
  const text = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'long', hour: '2-digit', hourCycle: 'h23' }).format(wallMs);
  const day = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'].findIndex((name) => text.startsWith(name));
  return { day, hour: Number(/\d\d/.exec(text)?.[0]) };
}

describe('the price now', () => {
  it('is that of the first period that holds the hour on the wall, else the other', () => {
    const { nowMicroPerKwh } = readTariff(NIGHT_TARIFF, ALWAYS);
    expect(nowMicroPerKwh(utc('2026-01-10T20:59:59')), '21:59 CET').toBe(450_000);
    expect(nowMicroPerKwh(utc('2026-01-10T21:00:00')), '22:00, of both periods').toBe(100_000);
    expect(nowMicroPerKwh(utc('2026-07-10T20:00:00')), '22:00 CEST').toBe(100_000);
    expect(nowMicroPerKwh(utc('2026-01-10T12:00:00'))).toBe(300_000);
  });

  it('changes with the clocks: the hour that comes twice has one price, the one that is left out none', () => {
    const two: Tariff = { kind: 'time-of-use', otherMicroPerKwh: 2, periods: [{ name: 'two', hours: every(hours(2)), microPerKwh: 1 }] };
    const { nowMicroPerKwh } = readTariff(two, ALWAYS);
    const at = (...times: string[]) => times.map((time) => nowMicroPerKwh(utc(time)));
    expect(at('2026-10-24T23:59:59', '2026-10-25T00:00:00', '2026-10-25T01:59:59', '2026-10-25T02:00:00')).toEqual([2, 1, 1, 2]);
    expect(at('2026-03-29T00:59:59', '2026-03-29T01:00:00')).toEqual([2, 2]);
  });

  it('is what Intl and the tariff say, at any instant in any zone', () => {
    fc.assert(
      fc.property(tariffs, zones, instants, (tariff, timeZone, wallMs) => {
        if (tariff.kind === 'flat') return;
        const { day, hour } = wallClock(timeZone, wallMs);
        const expected = tariff.periods.find((period) => ((period.hours[day] ?? 0) >> hour) & 1)?.microPerKwh ?? tariff.otherMicroPerKwh;
        expect(readTariff(tariff, { ...ALWAYS, timeZone }).nowMicroPerKwh(wallMs)).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the highest price', () => {
  it('is of the hours in which work may run: dear hours that are the owner’s do not count', () => {
    const highest = (open: number): number =>
      readTariff(NIGHT_TARIFF, { ...ALWAYS, hours: every(open) }).highestMicroPerKwh(utc('2026-01-10T12:00:00'));
    expect(highest(ALL)).toBe(450_000);
    expect(highest(NIGHT)).toBe(100_000);
    expect(highest(NIGHT | hours(6))).toBe(300_000);
    expect(highest(0), 'nothing open: of all hours').toBe(450_000);
  });

  it('counts all of a coming open date, and not one that is past or far', () => {
    const highest = (...openDates: string[]): number =>
      readTariff(NIGHT_TARIFF, { ...ALWAYS, hours: every(NIGHT), openDates }).highestMicroPerKwh(utc('2026-01-10T12:00:00'));
    expect(highest('2026-01-12')).toBe(450_000);
    expect(highest('2026-01-10')).toBe(450_000);
    expect(highest('2026-01-01', '2026-02-14')).toBe(100_000);
  });

  it('is never exceeded in an open moment of the coming week, in any zone and over any change of clocks', () => {
    const dates = fc.array(fc.integer({ min: -3, max: 10 }), { maxLength: 2 });
    fc.assert(
      fc.property(tariffs, zones, weeks, instants, dates, (tariff, timeZone, open, wallMs, inDays) => {
        const openDates = inDays.map((days) => new Date(wallMs + days * 24 * HOUR_MS).toISOString().slice(0, 10));
        const schedule = { hours: open, timeZone, openDates };
        const reader = readTariff(tariff, schedule);
        const { isOpen } = readSchedule(schedule);
        const highest = reader.highestMicroPerKwh(wallMs);
        for (let ms = wallMs; ms < wallMs + 7 * 24 * HOUR_MS; ms += HOUR_MS)
          if (isOpen(ms)) expect(reader.nowMicroPerKwh(ms)).toBeLessThanOrEqual(highest);
      }),
      { numRuns: 40 },
    );
  });
});

it('a flat tariff is the same at any time', () => {
  const reader = readTariff({ kind: 'flat', microPerKwh: 250_000 }, ALWAYS);
  expect([reader.nowMicroPerKwh(1), reader.highestMicroPerKwh(1)]).toEqual([250_000, 250_000]);
});
