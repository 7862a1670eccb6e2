import { describe, expect, it } from 'vitest';
import { formatLedgerDay, formatMoment, formatRelative } from './time.ts';

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
});
