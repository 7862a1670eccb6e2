import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BenchmarkVector } from '../../contract/model/benchmark.ts';
import { scoreOf } from './score.ts';
import { figure, testVector } from './testing/results.ts';

const scoreFor = (vector: BenchmarkVector): number => scoreOf(vector).score?.value ?? Number.NaN;
const REFERENCE = testVector({
  gemmF16Tflops: figure(100),
  triadGBs: figure(921),
  gemmF32Tflops: figure(50),
  toDeviceGBs: figure(25),
  fromDeviceGBs: figure(20.9),
  sustainedShare: 1,
});

describe('the score', () => {
  it('is exactly 100 for the reference', () => {
    expect(scoreFor(REFERENCE)).toBe(100);
  });

  // A figure in the wrong unit, such as GFLOPS for TFLOPS, would be off by a power of 1,000.
  it('weighs each part as published', () => {
    const twice = (over: Partial<BenchmarkVector>): number => scoreFor({ ...REFERENCE, ...over });
    expect(twice({ gemmF16Tflops: figure(200) })).toBeCloseTo(100 * 2 ** 0.4, 9);
    expect(twice({ triadGBs: figure(1_842) })).toBeCloseTo(100 * 2 ** 0.35, 9);
    expect(twice({ gemmF32Tflops: figure(100) })).toBeCloseTo(100 * 2 ** 0.15, 9);
    expect(twice({ fromDeviceGBs: figure(10.45) }), 'half of it').toBeCloseTo(100 * 0.5 ** 0.1, 9);
    expect(twice({ sustainedShare: 0.9 })).toBeCloseTo(90, 9);
  });

  it('can be computed again from the parts it states', () => {
    const { score } = scoreOf(testVector({ sustainedShare: 0.93 }));
    expect(score?.parts.map(({ name, exponent }) => [name, exponent])).toEqual([
      ['sustainedShare', 1],
      ['gemmF16Tflops', 0.4],
      ['triadGBs', 0.35],
      ['gemmF32Tflops', 0.15],
      ['toDeviceGBs', 0.1],
    ]);
    expect(100 * (score?.parts ?? []).reduce((product, part) => product * part.share ** part.exponent, 1)).toBe(score?.value);
  });

  const positive = fc.double({ min: 1e-3, max: 1e5, noNaN: true });
  const PARTS = ['gemmF16Tflops', 'triadGBs', 'gemmF32Tflops', 'toDeviceGBs', 'fromDeviceGBs'] as const;
  const vectors = fc
    .record({
      f16: positive,
      triad: positive,
      f32: positive,
      to: positive,
      from: positive,
      sustained: fc.double({ min: 0.1, max: 1.5, noNaN: true }),
    })
    .map((given) =>
      testVector({
        gemmF16Tflops: figure(given.f16),
        triadGBs: figure(given.triad),
        gemmF32Tflops: figure(given.f32),
        toDeviceGBs: figure(given.to),
        fromDeviceGBs: figure(given.from),
        sustainedShare: given.sustained,
      }),
    );

  it('never falls when a part gets better', () => {
    fc.assert(
      fc.property(vectors, fc.constantFrom(...PARTS), fc.double({ min: 1.01, max: 100, noNaN: true }), (vector, part, factor) => {
        const better = { ...vector, [part]: figure((vector[part]?.value ?? 0) * factor) };
        expect(scoreFor(better)).toBeGreaterThanOrEqual(scoreFor(vector));
        const hotter = { ...vector, sustainedShare: (vector.sustainedShare ?? 0) / factor };
        expect(scoreFor(hotter)).toBeLessThanOrEqual(scoreFor(vector));
      }),
    );
  });

  it('doubles when all is twice as fast', () => {
    fc.assert(
      fc.property(vectors, (vector) => {
        const twice = { ...vector, ...Object.fromEntries(PARTS.map((part) => [part, figure((vector[part]?.value ?? 0) * 2)])) };
        expect(scoreFor(twice) / scoreFor(vector)).toBeCloseTo(2, 6);
      }),
    );
  });

  it('rewards nobody for a slow beginning', () => {
    expect(scoreFor({ ...REFERENCE, sustainedShare: 1.4 })).toBe(100);
  });

  it('leaves VRAM and the power limit out', () => {
    expect(scoreFor({ ...REFERENCE, memoryBytes: 1 })).toBe(scoreFor({ ...REFERENCE, memoryBytes: 2 ** 40 }));
  });

  it('takes the f32 product where f16 cannot be multiplied, or was not checked, and says so', () => {
    for (const gemmF16Tflops of [null, figure(90_000, { verified: false })]) {
      const { score } = scoreOf({ ...REFERENCE, gemmF16Tflops });
      expect(score?.parts[1]).toEqual({ name: 'gemmF16Tflops', share: 0.5, exponent: 0.4, standIn: 'gemmF32Tflops' });
    }
  });

  it.each([
    [{ gemmF32Tflops: figure(50, { verified: false }) }, 'f32 matrix product'],
    [{ gemmF32Tflops: null }, 'f32 matrix product'],
    [{ triadGBs: null }, 'bandwidth'],
    [{ fromDeviceGBs: null }, 'link to the host'],
    [{ sustainedShare: null }, 'sustained run'],
  ] satisfies [Partial<BenchmarkVector>, string][])('is none where a part is missing, with the reason', (over, why) => {
    const { score, missing } = scoreOf({ ...REFERENCE, ...over });
    expect(score).toBeNull();
    expect(missing).toContain(why);
  });
});
