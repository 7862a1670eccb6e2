import { describe, expect, it } from 'vitest';
import { readSchedule } from './schedule.ts';

const ALL = 2 ** 24 - 1;
const hoursFrom = (...hours: number[]): number => hours.reduce((mask, hour) => mask | (1 << hour), 0);
const nights = hoursFrom(22, 23, 0, 1, 2, 3, 4, 5, 6);
const every = (mask: number): number[] => Array.from({ length: 7 }, () => mask);
const utc = (text: string): number => Date.parse(`${text}Z`);

describe('the schedule', () => {
  it('opens and closes at the full hour of its own time zone', () => {
    const berlin = readSchedule({ hours: every(nights), timeZone: 'Europe/Berlin', openDates: [] });
    expect(berlin.isOpen(utc('2026-01-10T20:59:59'))).toBe(false); // 21:59:59 CET
    expect(berlin.isOpen(utc('2026-01-10T21:00:00'))).toBe(true);
    expect(berlin.isOpen(utc('2026-07-10T19:59:59'))).toBe(false); // 21:59:59 CEST
    expect(berlin.isOpen(utc('2026-07-10T20:00:00'))).toBe(true);
    expect(berlin.isOpen(utc('2026-07-11T05:00:00'))).toBe(false);
  });

  it('knows a zone of a quarter of an hour', () => {
    const kathmandu = readSchedule({ hours: every(hoursFrom(9)), timeZone: 'Asia/Kathmandu', openDates: [] }); // UTC+05:45
    expect(kathmandu.isOpen(utc('2026-05-05T03:14:59'))).toBe(false);
    expect(kathmandu.isOpen(utc('2026-05-05T03:15:00'))).toBe(true);
    expect(kathmandu.isOpen(utc('2026-05-05T04:15:00'))).toBe(false);
  });

  it('has the days of the week from Monday', () => {
    const monday = readSchedule({ hours: [ALL, 0, 0, 0, 0, 0, 0], timeZone: 'UTC', openDates: [] });
    expect(monday.isOpen(utc('2026-11-23T12:00:00'))).toBe(true);
    expect(monday.isOpen(utc('2026-11-22T12:00:00'))).toBe(false);
    expect(monday.opensAtMs(utc('2026-11-24T00:00:00'))).toBe(utc('2026-11-30T00:00:00'));
  });

  it('says when it next opens, and itself when it is open', () => {
    const berlin = readSchedule({ hours: every(nights), timeZone: 'Europe/Berlin', openDates: [] });
    expect(berlin.opensAtMs(utc('2026-01-10T12:00:00'))).toBe(utc('2026-01-10T21:00:00'));
    expect(berlin.opensAtMs(utc('2026-01-10T12:30:00'))).toBe(utc('2026-01-10T21:00:00'));
    expect(berlin.opensAtMs(utc('2026-01-10T22:30:00'))).toBe(utc('2026-01-10T22:30:00'));
    expect(berlin.opensAtMs(utc('2026-01-09T12:00:00'))).toBe(utc('2026-01-09T21:00:00')); // the clock was set back
  });

  it('opens later, not never, on the day whose opening hour is skipped by the change to summer time', () => {
    const berlin = readSchedule({ hours: every(hoursFrom(2, 3)), timeZone: 'Europe/Berlin', openDates: [] });
    // 2026-03-29: 02:00 CET becomes 03:00 CEST at 01:00 UTC.
    expect(berlin.isOpen(utc('2026-03-29T00:59:59'))).toBe(false);
    expect(berlin.isOpen(utc('2026-03-29T01:00:00'))).toBe(true); // it is 03:00 at once
    expect(berlin.opensAtMs(utc('2026-03-29T00:00:00'))).toBe(utc('2026-03-29T01:00:00'));
    const onlySkipped = readSchedule({ hours: every(hoursFrom(2)), timeZone: 'Europe/Berlin', openDates: [] });
    expect(onlySkipped.opensAtMs(utc('2026-03-29T00:00:00'))).toBe(utc('2026-03-30T00:00:00'));
  });

  it('is open through both of the hours that the change to winter time repeats', () => {
    const berlin = readSchedule({ hours: every(hoursFrom(2)), timeZone: 'Europe/Berlin', openDates: [] });
    // 2026-10-25: 03:00 CEST becomes 02:00 CET at 01:00 UTC.
    const open = ['00:00', '00:59', '01:00', '01:59'].map((time) => berlin.isOpen(utc(`2026-10-25T${time}:00`)));
    expect(open).toEqual([true, true, true, true]);
    expect(berlin.isOpen(utc('2026-10-25T02:00:00'))).toBe(false);
  });

  it('is open all day on an open date of its own time zone', () => {
    const office = readSchedule({ hours: every(0), timeZone: 'America/New_York', openDates: ['2026-12-25'] });
    expect(office.isOpen(utc('2026-12-25T04:59:00'))).toBe(false);
    expect(office.isOpen(utc('2026-12-25T05:00:00'))).toBe(true);
    expect(office.isOpen(utc('2026-12-26T04:59:00'))).toBe(true);
    expect(office.isOpen(utc('2026-12-26T05:00:00'))).toBe(false);
    expect(office.opensAtMs(utc('2026-11-22T00:00:00'))).toBe(utc('2026-12-25T05:00:00'));
    expect(office.opensAtMs(utc('2026-12-27T00:00:00'))).toBeNull();
  });

  it('never opens where no hour is open, and never closes where all are', () => {
    expect(readSchedule({ hours: every(0), timeZone: null, openDates: [] }).opensAtMs(utc('2026-11-22T00:00:00'))).toBeNull();
    expect(readSchedule({ hours: every(ALL), timeZone: null, openDates: [] }).isOpen(utc('2026-11-22T00:00:00'))).toBe(true);
  });
});
