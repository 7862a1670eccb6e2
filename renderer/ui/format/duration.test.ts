import { describe, expect, it } from 'vitest';
import { formatDuration, formatExactSeconds, formatSpokenDuration } from './duration.ts';

describe('durations', () => {
  it('names the two largest units and rounds down', () => {
    expect(formatDuration(12_999)).toBe('12 s');
    expect(formatDuration(60_000)).toBe('1 min');
    expect(formatDuration(3_599_999)).toBe('59 min 59 s');
    expect(formatDuration(7_500_000)).toBe('2 h 5 min');
    expect(formatDuration(7_200_000)).toBe('2 h');
    expect(formatDuration(100_800_000)).toBe('1 d 4 h');
  });

  it('shows less than a second, and none at all', () => {
    expect(formatDuration(0)).toBe('0 s');
    expect(formatDuration(40)).toBe('0.1 s');
    expect(formatDuration(999)).toBe('0.9 s');
  });

  it('says a round span in words', () => {
    expect(formatSpokenDuration(7 * 86_400_000)).toBe('7 days');
    expect(formatSpokenDuration(3_600_000)).toBe('1 hour');
  });

  it('shows a receipt’s time to the millisecond', () => {
    expect(formatExactSeconds(12_045)).toBe('12.045 s');
    expect(formatExactSeconds(3_600_000)).toBe('3600.000 s');
  });
});
