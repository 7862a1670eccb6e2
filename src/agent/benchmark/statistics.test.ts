import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agree, iqrShare, launchMs, median, quantile } from './statistics.ts';

const times = fc.array(fc.double({ min: 0.1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 });

test('the median lies in the middle, between two neighbours where the count is even', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

test('quantiles never leave the range of the values, and grow with the share', () => {
  fc.assert(
    fc.property(times, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (values, a, b) => {
      const [low, high] = [quantile(values, Math.min(a, b)), quantile(values, Math.max(a, b))];
      const slack = 1e-9 * Math.max(...values);
      expect(low).toBeGreaterThanOrEqual(Math.min(...values) - slack);
      expect(high).toBeLessThanOrEqual(Math.max(...values) + slack);
      expect(low).toBeLessThanOrEqual(high + slack);
    }),
  );
});

test('a quantile of nothing is an error, not a number', () => {
  expect(() => median([])).toThrow(RangeError);
});

test('one wild outlier in eleven leaves the spread as it is', () => {
  const steady = [100, 100, 101, 101, 100, 99, 100, 101, 100, 100, 99];
  expect(iqrShare(steady)).toBeLessThan(0.02);
  expect(iqrShare([...steady.slice(1), 1_000])).toBeLessThan(0.02);
});

test('two samples agree by their difference as a share of the larger', () => {
  expect(agree(98, 100, 0.02)).toBe(true);
  expect(agree(97, 100, 0.02)).toBe(false);
});

test('what a submit costs beside its launches falls out', () => {
  const [repeats, eachMs, submitMs] = [50, 1, 2];
  const half = [submitMs + repeats * eachMs];
  const full = [submitMs + 2 * repeats * eachMs];
  expect(launchMs(half, full, 2 * repeats, 0.05)).toBeCloseTo(eachMs, 10);
});

test('noise never makes a device faster than its plain times by more than the share', () => {
  fc.assert(
    fc.property(times, times, fc.integer({ min: 1, max: 2048 }), (half, full, halfLaunches) => {
      const plain = median(full) / (2 * halfLaunches);
      const found = launchMs(half, full, 2 * halfLaunches, 0.05);
      expect(found).toBeLessThanOrEqual(plain);
      expect(found).toBeGreaterThanOrEqual(0.95 * plain - 1e-9);
    }),
  );
});
