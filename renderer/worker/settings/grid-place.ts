import { type Cell, DAYS, HOURS, type Rectangle, WHOLE_WEEK, wholeDay, wholeHour } from './week-hours.ts';

/** A place in the grid. -1 is the header of its day or hour; both: the corner, which stands for the whole week. */
export type Place = Cell;

export const isCell = ({ day, hour }: Place): boolean => day >= 0 && hour >= 0;

/** What a place stands for: its hour, all of a day, one hour of every day, or the week. */
export function placeRectangle(place: Place): Rectangle {
  if (isCell(place)) return { from: place, to: place };
  if (place.day >= 0) return wholeDay(place.day);
  return place.hour >= 0 ? wholeHour(place.hour) : WHOLE_WEEK;
}

/** `days-down`: a row a day, for a wide page. `days-across`: a column a day, for a phone. */
export type Layout = 'days-down' | 'days-across';

const clamp = (value: number, max: number): number => Math.max(-1, Math.min(max, value));

/** Where a key leads; null when it is no key for moving. With `jump` (Ctrl), Home and End lead to the corners. */
export function moveTo({ day, hour }: Place, key: string, jump: boolean, layout: Layout): Place | null {
  const along = layout === 'days-down' ? 'hour' : 'day';
  const step = (down: number, right: number): Place =>
    along === 'hour'
      ? { day: clamp(day + down, DAYS - 1), hour: clamp(hour + right, HOURS - 1) }
      : { day: clamp(day + right, DAYS - 1), hour: clamp(hour + down, HOURS - 1) };
  switch (key) {
    case 'ArrowUp':
      return step(-1, 0);
    case 'ArrowDown':
      return step(1, 0);
    case 'ArrowLeft':
      return step(0, -1);
    case 'ArrowRight':
      return step(0, 1);
    case 'Home':
      if (jump) return { day: 0, hour: 0 };
      return along === 'hour' ? { day, hour: 0 } : { day: 0, hour };
    case 'End':
      if (jump) return { day: DAYS - 1, hour: HOURS - 1 };
      return along === 'hour' ? { day, hour: HOURS - 1 } : { day: DAYS - 1, hour };
    default:
      return null;
  }
}
