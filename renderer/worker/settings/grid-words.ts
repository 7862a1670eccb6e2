import { locale } from '../../ui/i18n/locale.ts';
import { t } from '../../ui/i18n/t.ts';
import { isCell, type Place, placeRectangle } from './grid-place.ts';
import { countOpen, isOpen, type WeekHours } from './week-hours.ts';

/** A Monday; only its weekday matters. */
const MONDAY_UTC = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;
const short = new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' });
const long = new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' });

export const shortDay = (day: number): string => short.format(MONDAY_UTC + day * DAY_MS);
const longDay = (day: number): string => long.format(MONDAY_UTC + day * DAY_MS);
const clock = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

/** What the hours of a grid are: those in which work may run, or those of a period of a tariff. */
export type GridWords = 'schedule' | 'period';

/** What a place is and how it stands, for a screen reader. */
export function placeLabel(words: GridWords, week: WeekHours, place: Place): string {
  const from = clock(place.hour);
  const to = clock(place.hour + 1);
  if (isCell(place)) return t(`grid.${words}.cell.${isOpen(week, place) ? 'on' : 'off'}`, { day: longDay(place.day), from, to });
  const open = countOpen(week, placeRectangle(place));
  if (place.day >= 0) return t(`grid.${words}.day`, { day: longDay(place.day), open });
  return place.hour >= 0 ? t(`grid.${words}.hour`, { from, to, open }) : t('grid.all');
}
