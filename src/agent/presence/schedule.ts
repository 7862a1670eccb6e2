/** The owner's hours, by wall clock in one time zone. */
export interface Schedule {
  /** Seven masks of 24 bits, Monday first, bit 0 from 00:00 to 01:00. */
  readonly hours: readonly number[];
  /** IANA name; null: that of this machine. */
  readonly timeZone: string | null;
  /** `YYYY-MM-DD` days that are open at every hour. */
  readonly openDates: readonly string[];
}

/** Every zone's offset is a multiple of a quarter of an hour (tz database, since 1972), so nothing changes within one. */
const QUARTER_MS = 15 * 60_000;
/** A week and its two half days: beyond this the schedule repeats, but for open dates, which are looked for besides. */
const SEARCH_MS = 8 * 24 * 3_600_000;
const MAX_SEARCH_MS = 400 * 24 * 3_600_000;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/**
 * Answers whether work may run at a time. When clocks go back, the repeated hour is open twice or not at all; when they go forward, the
 * skipped hour is not missed.
 */
export interface ScheduleReader {
  isOpen(wallMs: number): boolean;
  /** When it next opens; `wallMs` itself when it is open; null when it never does. */
  opensAtMs(wallMs: number): number | null;
}

export function readSchedule(schedule: Schedule): ScheduleReader {
  const always = schedule.hours.every((mask) => mask === 2 ** 24 - 1);
  const never = schedule.hours.every((mask) => mask === 0) && schedule.openDates.length === 0;
  const openDates = new Set(schedule.openDates);
  const format = new Intl.DateTimeFormat('en-US', {
    ...(schedule.timeZone === null ? {} : { timeZone: schedule.timeZone }),
    hourCycle: 'h23',
    weekday: 'short',
    hour: '2-digit',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });

  function lookUp(wallMs: number): boolean {
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
    for (const { type, value } of format.formatToParts(wallMs)) parts[type] = value;
    if (openDates.has(`${parts.year}-${parts.month}-${parts.day}`)) return true;
    const mask = schedule.hours[WEEKDAYS.indexOf(parts.weekday ?? '')] ?? 0;
    return ((mask >>> Number(parts.hour)) & 1) === 1;
  }

  let quarter = Number.NaN;
  let open = false;
  function isOpen(wallMs: number): boolean {
    if (always) return true;
    if (never) return false;
    const asked = Math.floor(wallMs / QUARTER_MS);
    if (asked !== quarter) {
      open = lookUp(wallMs);
      quarter = asked;
    }
    return open;
  }

  let foundFromMs = Number.NaN;
  let found: number | null = null;
  return {
    isOpen,
    opensAtMs(wallMs) {
      if (isOpen(wallMs)) return wallMs;
      if (never) return null;
      // What was found stands until it has come, or until the clock was set back.
      if (wallMs >= foundFromMs && found !== null && wallMs < found) return found;
      foundFromMs = wallMs;
      found = search(wallMs);
      return found;
    },
  };

  function search(fromMs: number): number | null {
    const limitMs = fromMs + (openDates.size > 0 ? MAX_SEARCH_MS : SEARCH_MS);
    for (let atMs = (Math.floor(fromMs / QUARTER_MS) + 1) * QUARTER_MS; atMs <= limitMs; atMs += QUARTER_MS) {
      if (lookUp(atMs)) return atMs;
    }
    return null;
  }
}
