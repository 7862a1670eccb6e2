import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sparkline } from './sparkline.ts';

const moments = (...values: (number | null)[]) => values.map((value, atMs) => ({ atMs, value }));

it('goes from the least to the greatest, with gaps where nothing is known', () => {
  expect(sparkline(moments(0, 1, null, 3, 7), 0, 5, 5)).toBe('▁▂ ▄█');
});

it('is the mean of each part of the range, and flat where all is the same', () => {
  expect(sparkline(moments(0, 2, 7, 7), 0, 4, 2)).toBe('▁█');
  expect(sparkline(moments(5, 5), 0, 2, 2)).toBe('▁▁');
});

it('is as wide as asked for, and blank without a figure', () => {
  const figures = fc.array(
    fc.record({ atMs: fc.integer({ min: -50, max: 150 }), value: fc.option(fc.double({ noNaN: true, min: -1e6, max: 1e6 })) }),
  );
  fc.assert(
    fc.property(figures, (given) => {
      const text = sparkline(given, 0, 100, 20);
      expect([...text]).toHaveLength(20);
      const isKnown = given.some(({ atMs, value }) => value !== null && atMs >= 0 && atMs < 100);
      expect(text.trim() === '').toBe(!isKnown);
    }),
  );
});
