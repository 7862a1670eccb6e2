import type { BenchmarkVector, Measurement, Score } from '../../contract/model/benchmark.ts';

/** The version of the formula and its references; scores of different versions are not compared. */
const SCORE_VERSION = 0;

/** What scores 100 in version 0: nominal figures, near those of an RTX 4090, until one has been measured and frozen (docs/benchmark.md). */
const REFERENCE = { matrixTflops: 100, triadGBs: 921, matrixF32Tflops: 50, hostGBs: 20.9 } as const;

type Scored = { readonly score: Score; readonly missing: null } | { readonly score: null; readonly missing: string };

/**
 * S = 100 * sustained * (M/M0)^0.40 * (B/B0)^0.35 * (F/F0)^0.15 * (H/H0)^0.10, a geometric mean: M is the matrix product of f16 with f32
 * sums, B the triad, F the matrix product of f32, H the slower direction to the host. Where a device cannot multiply f16, its f32 product
 * takes M's place, and the part says so. `missing` is the sentence that says why there is no score. VRAM and the power limit have no part in it.
 */
export function scoreOf(vector: BenchmarkVector): Scored {
  const f32 = checked(vector.gemmF32Tflops);
  const f16 = checked(vector.gemmF16Tflops);
  const { triadGBs, toDeviceGBs, fromDeviceGBs, sustainedShare } = vector;
  if (f32 === null) return none('its f32 matrix product was not measured and checked');
  if (triadGBs === null) return none('the bandwidth of its memory was not measured');
  if (toDeviceGBs === null || fromDeviceGBs === null) return none('its link to the host was not measured in both directions');
  if (sustainedShare === null) return none('it did not make the sustained run');

  const hostIsSlowerTo = toDeviceGBs.value <= fromDeviceGBs.value;
  const parts = [
    // A run that ends faster than it began had not warmed up: that is no merit.
    { name: 'sustainedShare', share: Math.min(1, sustainedShare), exponent: 1, standIn: null },
    {
      name: 'gemmF16Tflops',
      share: (f16 ?? f32) / REFERENCE.matrixTflops,
      exponent: 0.4,
      standIn: f16 === null ? 'gemmF32Tflops' : null,
    },
    { name: 'triadGBs', share: triadGBs.value / REFERENCE.triadGBs, exponent: 0.35, standIn: null },
    { name: 'gemmF32Tflops', share: f32 / REFERENCE.matrixF32Tflops, exponent: 0.15, standIn: null },
    {
      name: hostIsSlowerTo ? 'toDeviceGBs' : 'fromDeviceGBs',
      share: (hostIsSlowerTo ? toDeviceGBs : fromDeviceGBs).value / REFERENCE.hostGBs,
      exponent: 0.1,
      standIn: null,
    },
  ];
  const value = 100 * parts.reduce((product, { share, exponent }) => product * share ** exponent, 1);
  return { score: { value, version: SCORE_VERSION, parts }, missing: null };
}

/** Compilers remove loops whose result nobody needs: only a product that was read back and checked counts. */
const checked = (figure: Measurement | null): number | null => (figure?.verified ? figure.value : null);

const none = (why: string): Scored => ({ score: null, missing: `This device has no score: ${why}.` });
