import { ProblemError } from '../../contract/model/problem.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const ALL_HOURS = 2 ** 24 - 1;

/**
 * Reads hours as people write them: `always`, `never`, or parts such as `Mon-Fri 22-7; Sat,Sun 0-24`. A range beyond midnight goes on into
 * the next day. Gives seven masks of 24 bits, Monday first.
 */
export function parseSchedule(text: string): number[] {
  const given = text.trim().toLowerCase();
  if (given === 'always') return DAYS.map(() => ALL_HOURS);
  const masks = DAYS.map(() => 0);
  if (given === 'never') return masks;
  for (const part of given.split(';')) {
    const [, days, hours] = /^\s*([a-z,-]+)\s+([\d,-]+)\s*$/.exec(part) ?? [];
    if (days === undefined || hours === undefined) throw unreadable(part);
    for (const day of daysOf(days))
      for (const hour of hoursOf(hours)) {
        const index = (day + Math.floor(hour / 24)) % 7;
        masks[index] = (masks[index] ?? 0) | (1 << (hour % 24));
      }
  }
  return masks;
}

/** One line a day: `Mon  00-07, 22-24`. */
export function scheduleText(masks: readonly number[]): string {
  return DAYS.map((day, index) => `${day.charAt(0).toUpperCase()}${day.slice(1)}  ${rangesOf(masks[index] ?? 0)}`).join('\n');
}

function rangesOf(mask: number): string {
  const ranges: string[] = [];
  for (let hour = 0; hour < 24; hour++) {
    if (((mask >>> hour) & 1) === 0) continue;
    const from = hour;
    while (hour < 24 && ((mask >>> hour) & 1) === 1) hour++;
    ranges.push(`${String(from).padStart(2, '0')}-${String(hour).padStart(2, '0')}`);
  }
  return ranges.join(', ') || 'closed';
}

function daysOf(text: string): number[] {
  return text.split(',').flatMap((range) => {
    const [from = '', to = from, ...more] = range.split('-');
    const first = DAYS.indexOf(from.slice(0, 3));
    const last = DAYS.indexOf(to.slice(0, 3));
    if (first < 0 || last < 0 || more.length > 0) throw unreadable(text);
    return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, index) => (first + index) % 7);
  });
}

/** Hours from 0 up to 47: those from 24 on are of the next day. */
function hoursOf(text: string): number[] {
  return text.split(',').flatMap((range) => {
    const [from, to, ...more] = range.split('-').map(Number);
    const isHour = (hour: number | undefined): hour is number => hour !== undefined && Number.isInteger(hour) && hour >= 0 && hour <= 24;
    if (!isHour(from) || !isHour(to) || from === 24 || more.length > 0) throw unreadable(text);
    return Array.from({ length: to > from ? to - from : to + 24 - from }, (_, index) => from + index);
  });
}

const unreadable = (part: string): ProblemError =>
  new ProblemError('invalid-request', `"${part.trim()}" is no schedule.`, 'Write it like: "Mon-Fri 22-7; Sat,Sun 0-24", or "always".');
