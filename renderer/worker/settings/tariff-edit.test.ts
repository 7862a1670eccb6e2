import { describe, expect, it } from 'vitest';
import { type Tariff, tariff } from '../../../src/contract/model/power.ts';
import { byTheHour, hoursOf, MAX_NAME_LENGTH, MAX_PERIODS, type TimeOfUse, withChange, withoutPeriod, withPeriod } from './tariff-edit.ts';
import { presets } from './week-hours.ts';

const NIGHT = byTheHour(300_000, 'Night');
const holds = (value: Tariff): boolean => tariff.safeParse(value).success;

describe('editing a tariff by the hour', () => {
  it('starts without a change of price, and ends at one price with its last period', () => {
    expect(NIGHT).toMatchObject({ otherMicroPerKwh: 300_000, periods: [{ name: 'Night', microPerKwh: 300_000 }] });
    expect(withoutPeriod(withChange(NIGHT, 0, { microPerKwh: 100_000 }), 0)).toEqual({ kind: 'flat', microPerKwh: 300_000 });
    expect(withoutPeriod(withPeriod(NIGHT, 'Two'), 0)).toMatchObject({ kind: 'time-of-use', periods: [{ name: 'Two' }] });
  });

  it('makes nothing that the agent would refuse, and stops where it would', () => {
    let full: TimeOfUse = NIGHT;
    while (full.periods.length < MAX_PERIODS) full = withPeriod(full, 'n'.repeat(MAX_NAME_LENGTH));
    expect(holds(full)).toBe(true);
    expect(holds(withPeriod(full, 'one more'))).toBe(false);
    expect(holds(withChange(full, 1, { name: 'n'.repeat(MAX_NAME_LENGTH + 1) }))).toBe(false);
  });

  it('counts the hours of a period, and those that an upper one holds', () => {
    const both = withChange(withPeriod(NIGHT, 'Weekend'), 1, { hours: [0, 0, 0, 0, 0, presets.always[5] ?? 0, presets.always[6] ?? 0] });
    expect(hoursOf(both.periods, 0)).toEqual({ all: 63, covered: 0 });
    expect(hoursOf(both.periods, 1)).toEqual({ all: 48, covered: 18 });
    expect(hoursOf(withPeriod(NIGHT, 'Empty').periods, 1)).toEqual({ all: 0, covered: 0 });
  });
});
