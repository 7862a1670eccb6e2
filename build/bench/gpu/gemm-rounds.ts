import { median } from '../_figures.ts';
import type { GemmResult } from './report.ts';

/** One product, computed and waited for. */
export interface Product {
  readonly tookMs: number;
  values(): Promise<Float32Array>;
  dispose(): void;
}
/** Two matrices on a device, and the ways in which they can be multiplied. */
export interface Contender {
  readonly name: string;
  readonly settings: readonly string[];
  multiply(setting: string): Promise<Product>;
  dispose(): void;
}
/** A library with a device of its own. */
export interface Peer {
  readonly name: string;
  readonly settings: readonly string[];
  prepare(n: number, left: Float32Array, right: Float32Array): Pick<Contender, 'multiply' | 'dispose'>;
}
export interface Comparison {
  readonly n: number;
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly contenders: readonly Contender[];
  readonly budgetMs: number;
}

const MAX_ROUNDS = 7;
const MIN_ROUNDS = 2;
/** A setting this much slower than the contender's best is not tried at the next size. */
const NEAR = 1.3;
/** Where the best takes this long, no other setting is tried at the next size. */
const SLOW_MS = 3_000;
/** Beside a product this slow, what compiling adds to the first one does not show, so that one counts as a round. */
const VERY_SLOW_MS = 20_000;
/** Of the largest element; sums of a few thousand products in single precision stay far within it. */
const MAX_ERROR = 1e-4;
const SAMPLED_ROWS = 4;

/**
 * Warms every contender up in each of its settings, with its product checked, keeps the setting that was fastest when warm, and then lets the
 * contenders take turns, until the rounds are done or the budget is spent (at least two). Throws where a product is wrong.
 */
export async function compareGemm(comparison: Comparison): Promise<{
  readonly results: readonly GemmResult[];
  /** Per contender the settings worth trying at the next size. */
  readonly nearBest: readonly (readonly [name: string, settings: readonly string[]])[];
}> {
  const { n, contenders, budgetMs } = comparison;
  const expected = sampleProduct(comparison);
  const entries: {
    readonly contender: Contender;
    readonly setting: string;
    readonly near: readonly string[];
    readonly error: number;
    readonly times: number[];
  }[] = [];
  for (const contender of contenders) {
    const tried: { readonly setting: string; readonly tookMs: number; readonly error: number }[] = [];
    for (const setting of contender.settings) {
      const product = await contender.multiply(setting);
      const error = errorOf(await product.values(), expected, n);
      product.dispose();
      const tookMs = product.tookMs > VERY_SLOW_MS ? product.tookMs : await timeOnce(contender, setting);
      tried.push({ setting, tookMs, error });
    }
    const [best] = tried.toSorted((a, b) => a.tookMs - b.tookMs);
    if (best === undefined) throw new Error(`${contender.name} has no setting`);
    const limitMs = (best.tookMs > SLOW_MS ? 1 : NEAR) * best.tookMs;
    const near = tried.filter(({ tookMs }) => tookMs <= limitMs).map(({ setting }) => setting);
    entries.push({ contender, setting: best.setting, near, error: best.error, times: best.tookMs > VERY_SLOW_MS ? [best.tookMs] : [] });
  }
  const endMs = performance.now() + budgetMs;
  for (let round = 0; round < MAX_ROUNDS; round++)
    for (const { contender, setting, times } of entries)
      if (times.length < MIN_ROUNDS || performance.now() < endMs) times.push(await timeOnce(contender, setting));
  return {
    results: entries.map(({ contender, setting, error, times }) => ({
      n,
      contender: contender.name,
      way: setting,
      gflops: (2 * n ** 3) / median(times) / 1e6,
      rounds: times.length,
      error,
    })),
    nearBest: entries.map(({ contender, near }) => [contender.name, near]),
  };
}

async function timeOnce(contender: Contender, setting: string): Promise<number> {
  const product = await contender.multiply(setting);
  product.dispose();
  return product.tookMs;
}

interface SampledRow {
  readonly row: number;
  readonly values: Float64Array;
}

/** Random rows of the product in double precision. */
const sampleProduct = ({ n, left, right }: Comparison): readonly SampledRow[] =>
  Array.from({ length: SAMPLED_ROWS }, () => {
    const row = Math.floor(Math.random() * n);
    const values = new Float64Array(n);
    for (let k = 0; k < n; k++) {
      const factor = left[row * n + k] ?? Number.NaN;
      for (let column = 0; column < n; column++) values[column] = (values[column] ?? 0) + factor * (right[k * n + column] ?? Number.NaN);
    }
    return { row, values };
  });

/** The largest difference as a share of the largest value. Throws beyond what sums in single precision can be off by. */
function errorOf(product: Float32Array, expected: readonly SampledRow[], n: number): number {
  const largest = Math.max(...expected.map(({ values }) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)));
  const differences = expected.map(({ row, values }) =>
    values.reduce((most, value, column) => Math.max(most, Math.abs(value - (product[row * n + column] ?? Number.NaN))), 0),
  );
  const error = Math.max(...differences) / largest;
  if (!(error < MAX_ERROR)) throw new Error(`a product is wrong: off by ${error} of its largest element`);
  return error;
}
