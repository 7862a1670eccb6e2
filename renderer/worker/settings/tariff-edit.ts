import type { Tariff } from '../../../src/contract/model/power.ts';
import { countOpen, presets, type WeekHours, WHOLE_WEEK } from './week-hours.ts';

export type TimeOfUse = Extract<Tariff, { kind: 'time-of-use' }>;
export type Period = TimeOfUse['periods'][number];

/** As the contract has them. */
export const MAX_PERIODS = 8;
export const MAX_NAME_LENGTH = 40;

/** By the hour instead of one price, which changes nothing yet: a night at the price of all. */
export const byTheHour = (microPerKwh: number, nightName: string): TimeOfUse => ({
  kind: 'time-of-use',
  otherMicroPerKwh: microPerKwh,
  periods: [{ name: nightName, hours: [...presets.nights], microPerKwh }],
});

/** One more period, which has no hour yet. */
export const withPeriod = (tariff: TimeOfUse, name: string): TimeOfUse => ({
  ...tariff,
  periods: [...tariff.periods, { name, hours: presets.nights.map(() => 0), microPerKwh: tariff.otherMicroPerKwh }],
});

export const withChange = (tariff: TimeOfUse, index: number, change: Partial<Period>): TimeOfUse => ({
  ...tariff,
  periods: tariff.periods.map((period, at) => (at === index ? { ...period, ...change } : period)),
});

/** Without its last period a tariff has one price. */
export function withoutPeriod(tariff: TimeOfUse, index: number): Tariff {
  const periods = tariff.periods.filter((_, at) => at !== index);
  return periods.length === 0 ? { kind: 'flat', microPerKwh: tariff.otherMicroPerKwh } : { ...tariff, periods };
}

/** Hours of a period, and how many of them an upper one holds, so that this one does not count there. */
export function hoursOf(periods: readonly Period[], index: number): { readonly all: number; readonly covered: number } {
  const own: WeekHours = periods[index]?.hours ?? [];
  const covered = own.map((mask, day) => mask & periods.slice(0, index).reduce((sum, period) => sum | (period.hours[day] ?? 0), 0));
  return { all: countOpen(own, WHOLE_WEEK), covered: countOpen(covered, WHOLE_WEEK) };
}
