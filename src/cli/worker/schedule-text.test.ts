import { describe, expect, it } from 'vitest';
import { parseSchedule, scheduleText } from './schedule-text.ts';

describe('a schedule in words', () => {
  it('goes on into the next day beyond midnight', () => {
    expect(scheduleText(parseSchedule('Mon-Fri 22-7; Sat,Sun 0-24'))).toBe(
      ['Mon  22-24', 'Tue  00-07, 22-24', 'Wed  00-07, 22-24', 'Thu  00-07, 22-24', 'Fri  00-07, 22-24', 'Sat  00-24', 'Sun  00-24'].join(
        '\n',
      ),
    );
  });

  it('goes over the end of the week', () => {
    expect(scheduleText(parseSchedule('sunday-monday 23-1'))).toBe(
      ['Mon  00-01, 23-24', 'Tue  00-01', 'Wed  closed', 'Thu  closed', 'Fri  closed', 'Sat  closed', 'Sun  23-24'].join('\n'),
    );
  });

  it('takes several ranges of a day', () => {
    expect(parseSchedule('wed 0-1,12-14')[2]).toBe(1 | (1 << 12) | (1 << 13));
  });

  it('knows always and never', () => {
    expect(parseSchedule('always')).toEqual(Array.from({ length: 7 }, () => 2 ** 24 - 1));
    expect(parseSchedule('never')).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it.each(['', 'nights', 'mon', 'mon 7', 'mon 25-26', 'mon 24-2', 'mon-tue-wed 1-2', 'xyz 1-2', 'mon 1-2-3'])(
    'says how to write it for %j',
    (text) => {
      expect(() => parseSchedule(text)).toThrow(/is no schedule/);
    },
  );
});
