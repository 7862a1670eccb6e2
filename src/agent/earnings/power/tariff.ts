import type { Tariff } from '../../../contract/model/power.ts';
import { readSchedule, type Schedule } from '../../presence/schedule.ts';

const DAY_MS = 24 * 3_600_000;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
/** Days, counted from UTC's midnight, that a lease of seven days (the most that a job may ask for) can meet in any time zone. */
const OPEN_DATES_FROM_MS = -2 * DAY_MS;
const OPEN_DATES_TO_MS = 8 * DAY_MS;

/** What a kilowatt-hour costs, micro-credits. */
export interface TariffReader {
  nowMicroPerKwh(wallMs: number): number;
  /**
   * The highest price of any hour in which the schedule lets work run, over the coming week. A lease keeps its price for its term, which may be
   * a week, so this is what a floor has to cover. Of all hours where the schedule opens none.
   */
  highestMicroPerKwh(wallMs: number): number;
}

/** Reads a tariff by the clock on the wall of the schedule's time zone, so that it changes with the clocks. */
export function readTariff(tariff: Tariff, schedule: Schedule): TariffReader {
  if (tariff.kind === 'flat') return { nowMicroPerKwh: () => tariff.microPerKwh, highestMicroPerKwh: () => tariff.microPerKwh };
  const { periods, otherMicroPerKwh } = tariff;
  const readers = periods.map(({ hours, microPerKwh }) => ({
    microPerKwh,
    isNow: readSchedule({ hours, timeZone: schedule.timeZone, openDates: [] }).isOpen,
  }));
  const priceOf = (day: number, hour: number): number =>
    periods.find(({ hours }) => holds(hours[day], hour))?.microPerKwh ?? otherMicroPerKwh;

  return {
    nowMicroPerKwh: (wallMs) => readers.find(({ isNow }) => isNow(wallMs))?.microPerKwh ?? otherMicroPerKwh,
    highestMicroPerKwh(wallMs) {
      const openDays = new Set(schedule.openDates.flatMap((date) => comingWeekday(date, wallMs) ?? []));
      const open = schedule.hours.flatMap((mask, day) =>
        HOURS.filter((hour) => openDays.has(day) || holds(mask, hour)).map((hour) => ({ day, hour })),
      );
      const all = schedule.hours.flatMap((_, day) => HOURS.map((hour) => ({ day, hour })));
      return Math.max(...(open.length > 0 ? open : all).map(({ day, hour }) => priceOf(day, hour)));
    },
  };
}

const holds = (mask: number | undefined, hour: number): boolean => (((mask ?? 0) >>> hour) & 1) === 1;

/** The weekday, from Monday, of a `YYYY-MM-DD` day that a lease granted now could meet; null of any other. */
function comingWeekday(date: string, wallMs: number): number | null {
  const startMs = Date.parse(`${date}T00:00:00Z`);
  const inMs = startMs - wallMs;
  if (inMs < OPEN_DATES_FROM_MS || inMs > OPEN_DATES_TO_MS) return null;
  return (new Date(startMs).getUTCDay() + 6) % 7;
}
