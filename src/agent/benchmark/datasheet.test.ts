import { describe, expect, it } from 'vitest';
import { compareWithDatasheet, datasheetOf, statedPowerW, tooGoodNotes } from './datasheet.ts';
import { DATASHEETS } from './datasheet-table.ts';
import { figure, testVector } from './testing/results.ts';

const GIB = 2 ** 30;
const ROWS = DATASHEETS.flatMap(({ rows }) => rows);

describe('the datasheet of a model', () => {
  it.each([
    ['NVIDIA GeForce RTX 4090', 24_564 * 2 ** 20, { fp32Tflops: 82.6, f16Tflops: 165.2, i8Tops: 660.6, memoryGBs: 1_008, powerW: 450 }],
    ['GeForce GTX 1660 SUPER', null, { fp32Tflops: 5.03, f16Tflops: null, memoryGBs: 336, powerW: 125 }],
    ['NVIDIA A100-SXM4-80GB', null, { f16Tflops: 312, memoryGBs: 2_039, powerW: 400 }],
    ['NVIDIA A100 80GB PCIe', 80 * GIB, { f16Tflops: 312, memoryGBs: 1_935, powerW: 300 }],
    ['NVIDIA A100-PCIE-40GB', 40 * GIB, { memoryGBs: 1_555, powerW: 250 }],
    ['NVIDIA H100 80GB HBM3', 81_559 * 2 ** 20, { f16Tflops: 989, memoryGBs: 3_350, powerW: 700 }],
    ['NVIDIA H100 PCIe', 81_559 * 2 ** 20, { f16Tflops: 756, memoryGBs: 2_000, powerW: 350 }],
    ['NVIDIA H200', 143_771 * 2 ** 20, { memoryGBs: 4_800, powerW: 700 }],
    ['Tesla T4', 15_360 * 2 ** 20, { f16Tflops: 65, powerW: 70 }],
    ['NVIDIA L40S', 46_068 * 2 ** 20, { fp32Tflops: 91.6, powerW: 350 }],
    ['NVIDIA RTX 6000 Ada Generation', 48 * GIB, { fp32Tflops: 91.1 }],
    ['AMD Radeon RX 7900 XTX (RADV NAVI31)', 24_560 * 2 ** 20, { maker: 'AMD', fp32Tflops: 61.4, memoryGBs: 960, powerW: 355 }],
    ['Intel(R) Arc(TM) A770 Graphics', 16 * GIB, { maker: 'Intel', fp32Tflops: null, memoryGBs: 560 }],
  ])('is found for %s', (name, memoryBytes, expected) => {
    expect(datasheetOf(name, memoryBytes)).toMatchObject(expected);
  });

  it.each([
    ['NVIDIA GeForce RTX 3080', 10 * GIB, 760],
    ['NVIDIA GeForce RTX 3080', 12 * GIB, 912],
    ['NVIDIA GeForce RTX 3080 Ti', 12 * GIB, 912],
    ['NVIDIA GeForce RTX 2060', 6 * GIB, 336],
    ['NVIDIA GeForce RTX 2060 SUPER', 8 * GIB, 448],
    ['NVIDIA GeForce GTX 1060 3GB', null, 192],
    ['NVIDIA GeForce RTX 4070', 12 * GIB, 504],
    ['NVIDIA GeForce RTX 4070 Ti SUPER', 16 * GIB, 672],
  ])('of %s with %d bytes is that of no other variant', (name, memoryBytes, memoryGBs) => {
    expect(datasheetOf(name, memoryBytes)?.memoryGBs).toBe(memoryGBs);
  });

  const unknown: readonly (readonly [string, number | null, string])[] = [
    ['NVIDIA GeForce RTX 3080', null, 'two variants, and nothing says which'],
    ['NVIDIA GeForce RTX 3080', 20 * GIB, 'no variant has so much'],
    ['NVIDIA GeForce RTX 4090 Laptop GPU', 16 * GIB, 'a smaller chip of nearly the same name'],
    ['NVIDIA GeForce RTX 2080 with Max-Q Design', 8 * GIB, 'for laptops'],
    ['AMD Radeon RX 7900M', 16 * GIB, 'for laptops'],
    ['NVIDIA GeForce RTX 4090 SUPER', 24 * GIB, 'there is none'],
    ['AMD Radeon Graphics', null, 'any of them'],
    ['llvmpipe (LLVM 19.1.7, 256 bits)', null, 'no card'],
    ['', null, 'no name'],
  ];
  it.each(unknown)('is unknown for %s (%s): %s', (name, memoryBytes) => {
    expect(datasheetOf(name, memoryBytes)).toBeNull();
  });

  it('has each variant once, and every one can be found', () => {
    for (const [name, fp32, , , memoryGBs, memoryGiB] of ROWS)
      expect(datasheetOf(name, memoryGiB * GIB), `${name} ${memoryGiB}`).toMatchObject({ fp32Tflops: fp32, memoryGBs });
  });

  // A digit too many or too few leaves the bounds within which all of these cards lie.
  it('holds no slip of a digit', () => {
    for (const [name, fp32, f16, i8, memoryGBs, , , powerW] of ROWS) {
      if (fp32 !== null) expect((fp32 * 1_000) / powerW, `${name}: GFLOPS per W`).toSatisfy((each: number) => each > 20 && each < 460);
      if (fp32 !== null && memoryGBs !== null)
        expect((fp32 * 1_000) / memoryGBs, `${name}: FLOP per byte`).toSatisfy((each: number) => each > 9 && each < 145);
      if (fp32 !== null && f16 !== null) expect(f16 / fp32, `${name}: f16`).toSatisfy((each: number) => each > 1.9 && each < 16.1);
      if (f16 !== null && i8 !== null) expect(i8 / f16, `${name}: i8`).toSatisfy((each: number) => each > 0.99 && each < 4.1);
    }
  });
});

describe('the stated power', () => {
  it('needs no memory size where the name is enough, and is the highest of the variants where it is not', () => {
    expect(statedPowerW('NVIDIA GeForce RTX 4090')).toBe(450);
    expect(statedPowerW('NVIDIA GeForce RTX 3080')).toBe(350);
    expect(statedPowerW('NVIDIA GeForce RTX 3080', 10 * GIB)).toBe(320);
    expect(statedPowerW('NVIDIA GeForce RTX 4090 Laptop GPU')).toBeNull();
  });
});

describe('a result beside the datasheet', () => {
  const sheet = datasheetOf('NVIDIA GeForce RTX 3060', 12 * GIB);

  it('is stated figure by figure, where both are known', () => {
    const vector = testVector({ fmaF32Tflops: figure(11.43), gemmI8Tops: null, triadGBs: figure(324), fromDeviceGBs: figure(15.752) });
    const shares = new Map(compareWithDatasheet(vector, sheet).map(({ figure: name, share }) => [name, share]));
    expect(shares.get('fmaF32Tflops')).toBeCloseTo(0.9, 9);
    expect(shares.get('triadGBs')).toBeCloseTo(0.9, 9);
    expect(shares.get('fromDeviceGBs'), 'of 31.5 GB/s').toBeCloseTo(0.5, 3);
    expect(shares.has('gemmI8Tops')).toBe(false);
    expect(compareWithDatasheet(vector, null)).toEqual([]);
  });

  it('is doubted where it is too good, with room for a boost clock that is exceeded', () => {
    const notes = (over: Parameters<typeof testVector>[0]): string[] => tooGoodNotes(compareWithDatasheet(testVector(over), sheet));
    expect(notes({ fmaF32Tflops: figure(12.7 * 1.12), triadGBs: figure(360) })).toEqual([]);
    expect(notes({ fmaF32Tflops: figure(12.7 * 1.3) })[0]).toMatch(/^fmaF32Tflops is 130 % of what is stated by NVIDIA for this model/);
    expect(notes({ triadGBs: figure(360 * 1.06) })).toHaveLength(1);
  });
});
