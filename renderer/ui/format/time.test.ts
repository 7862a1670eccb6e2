import { describe, expect, it } from 'vitest';
import { formatCountdown, formatLedgerDay, formatMoment, formatRelative, formatWallTime } from './time.ts';

const noon = new Date(2026, 10, 22, 12, 0, 0).getTime();

describe('times', () => {
  it('shows the clock for today and the date for other days and years', () => {
    expect(formatMoment(noon + 65 * 60_000, noon)).toBe('13:05');
    expect(formatMoment(noon - 86_400_000, noon)).toBe('21 Nov, 12:00');
    expect(formatMoment(new Date(2025, 0, 2, 3, 4).getTime(), noon)).toBe('2 Jan 2025, 03:04');
  });

  it('measures the distance to now in the largest unit', () => {
    expect(formatRelative(noon - 12_000, noon)).toBe('12 sec ago');
    expect(formatRelative(noon + 42 * 60_000, noon)).toBe('in 42 min');
    expect(formatRelative(noon + 7 * 86_400_000, noon)).toBe('in 7 days');
  });

  it('keeps a ledger day’s date whatever the time zone', () => {
    expect(formatLedgerDay('2026-11-22')).toBe('22 Nov');
  });

  it('says a time to come with its day', () => {
    expect(formatWallTime(noon + 10 * 3_600_000, noon)).toBe('today at 22:00');
    expect(formatWallTime(noon + 18 * 3_600_000, noon)).toBe('tomorrow at 06:00');
    expect(formatWallTime(new Date(2026, 10, 26, 22, 0).getTime(), noon)).toMatch(/^Thu,? 26 Nov at 22:00$/);
  });

  it('counts down to the second below an hour, and never shows less than nothing', () => {
    expect(formatCountdown(noon + 191_200, noon)).toBe('in 3:12');
    expect(formatCountdown(noon + 9_000, noon)).toBe('in 0:09');
    expect(formatCountdown(noon + 3_599_500, noon)).toBe('in 1 h');
    expect(formatCountdown(noon + 5 * 3_600_000 + 130_000, noon)).toBe('in 5 h 2 min');
    expect(formatCountdown(noon - 1, noon)).toBe('any moment');
  });
});
