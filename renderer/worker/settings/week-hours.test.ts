import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { weekHours } from '../../../src/contract/model/week.ts';
import {
  type Cell,
  countCells,
  countOpen,
  DAYS,
  HOURS,
  inRectangle,
  isOpen,
  paint,
  presets,
  sameWeek,
  toggle,
  WHOLE_WEEK,
  wholeDay,
  wholeHour,
} from './week-hours.ts';

const week = fc.array(fc.nat(2 ** 24 - 1), { minLength: DAYS, maxLength: DAYS });
const cell: fc.Arbitrary<Cell> = fc.record({ day: fc.nat(DAYS - 1), hour: fc.nat(HOURS - 1) });
const NEVER = Array.from({ length: DAYS }, () => 0);

describe('the hours of a week', () => {
  it('paints exactly the rectangle between two corners, whichever way it was drawn', () => {
    fc.assert(
      fc.property(week, cell, cell, fc.boolean(), cell, (before, from, to, open, any) => {
        const after = paint(before, { from, to }, open);
        expect(isOpen(after, any)).toBe(inRectangle({ from, to }, any) ? open : isOpen(before, any));
        expect(after).toEqual(paint(before, { from: to, to: from }, open));
        expect(weekHours.safeParse(after).success).toBe(true);
      }),
    );
  });

  it('counts what a rectangle holds', () => {
    fc.assert(
      fc.property(cell, cell, (from, to) => {
        expect(countOpen(paint(NEVER, { from, to }, true), WHOLE_WEEK)).toBe(countCells({ from, to }));
      }),
    );
    expect(countCells(wholeDay(3))).toBe(24);
    expect(countCells(wholeHour(3))).toBe(7);
  });

  it('opens a mixed rectangle, and closes an open one', () => {
    const mixed = paint(NEVER, { from: { day: 1, hour: 3 }, to: { day: 1, hour: 3 } }, true);
    const opened = toggle(mixed, wholeDay(1));
    expect(opened).toEqual({ week: [0, 2 ** 24 - 1, 0, 0, 0, 0, 0], open: true });
    expect(toggle(opened.week, wholeDay(1))).toEqual({ week: NEVER, open: false });
  });

  it('has presets that mean what they say', () => {
    expect(countOpen(presets.always, WHOLE_WEEK)).toBe(168);
    expect(countOpen(presets.nights, wholeDay(0))).toBe(9);
    expect([21, 22, 23, 0, 6, 7].map((hour) => isOpen(presets.nights, { day: 2, hour }))).toEqual([false, true, true, true, true, false]);
    expect(countOpen(presets['nights-weekends'], WHOLE_WEEK)).toBe(5 * 9 + 2 * 24);
    expect(isOpen(presets['nights-weekends'], { day: 5, hour: 12 })).toBe(true);
    expect(isOpen(presets['nights-weekends'], { day: 4, hour: 12 })).toBe(false);
    expect(sameWeek(presets.nights, presets['nights-weekends'])).toBe(false);
  });
});
