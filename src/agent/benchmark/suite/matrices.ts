/** Random matrices and the check of their product. Pure but for the random numbers that are passed in. */

export type GemmType = 'f32' | 'f16' | 'i8';

/** A square matrix in rows: what the device gets, and its values as numbers. */
export interface Matrix {
  readonly packed: ArrayBufferView;
  readonly values: Float32Array | Int8Array;
}

/** Rows are pieces, from random places, of so many random values: as random as need be, and quick to make. */
const POOL = 2 ** 20;

/** A matrix of random values with all their bits in use, because a card computes faster with zeros (13 % on an H200). 32 random bits a call. */
export function randomMatrix(type: GemmType, n: number, random: () => number): Matrix {
  const places = Math.min(POOL, n * n);
  const pool = makePool(type, places + n, random);
  const values = type === 'i8' ? new Int8Array(n * n) : new Float32Array(n * n);
  const packed = type === 'f16' ? new Uint16Array(n * n) : values;
  for (let row = 0; row < n; row++) {
    const from = random() % places;
    values.set(pool.values.subarray(from, from + n), row * n);
    if (packed !== values) packed.set(pool.packed.subarray(from, from + n), row * n);
  }
  return { packed, values };
}

interface Pool {
  readonly values: Float32Array | Int8Array;
  readonly packed: Float32Array | Int8Array | Uint16Array;
}

function makePool(type: GemmType, length: number, random: () => number): Pool {
  if (type === 'i8') {
    const values = Int8Array.from({ length }, () => random() % 256);
    return { values, packed: values };
  }
  if (type === 'f32') {
    const values = Float32Array.from({ length }, () => random() / 2 ** 31 - 1);
    return { values, packed: values };
  }
  const packed = Uint16Array.from({ length }, () => halfBits(random()));
  return { values: Float32Array.from(packed, halfValue), packed };
}

/** A half (IEEE 754 binary16) of random sign and fraction between 1/16 and 1. */
const halfBits = (random: number): number => ((random >>> 31) << 15) | ((11 + (random & 3)) << 10) | ((random >>> 8) & 0x3ff);
const halfValue = (bits: number): number => (bits >>> 15 === 0 ? 1 : -1) * (1 + (bits & 0x3ff) / 1024) * 2 ** (((bits >>> 10) & 0x1f) - 15);

/** What a product must be, by one random combination of its columns: C x = A (B x) (Freivalds, 1977). */
export interface Expectation {
  readonly n: number;
  readonly combination: Float64Array;
  readonly rows: Float64Array;
  /** How far a row may be off. */
  readonly tolerance: number;
}

/** 2^-24: half the distance between neighbouring singles, as a share. */
const SINGLE_ROUNDING = 2 ** -24;
/**
 * How much more than usual the rounding of a product may amount to. Tensor cores cut off where others round, and so err more, to one side.
 * A wrong element is noticed from about a thousandth of its size on, and the rounding of TF32 or of sums in halves is some times above.
 */
const ROUNDING: Readonly<Record<GemmType, number>> = { f32: 32, f16: 64, i8: 0 };
/** Of the combination of an integer product, and never 0: all sums stay whole numbers below 2^53 up to n = 8192. */
const LARGEST_WEIGHT = 1024;

/**
 * Rounding errors of a dot product of n terms go like a random walk: after each addition up to half a unit of a sum that has grown to about
 * sqrt(n), so 0.3 n units in all, and sqrt(n) times that for a row of n combined. Integers must be exact.
 */
export function expectProduct(type: GemmType, n: number, a: Matrix, b: Matrix, random: () => number): Expectation {
  const sign = (): number => (random() & 1 ? 1 : -1);
  const weight = type === 'i8' ? () => sign() * (1 + (random() % LARGEST_WEIGHT)) : () => sign() * (0.5 + random() / 2 ** 32);
  const combination = Float64Array.from({ length: n }, weight);
  const rows = multiply(a.values, n, multiply(b.values, n, combination));
  const tolerance = ROUNDING[type] * SINGLE_ROUNDING * 0.3 * n * Math.sqrt(n) * size(a.values) * size(b.values);
  return { n, combination, rows, tolerance };
}

/** Null where the product is right, else how many rows are wrong. Every element takes part. */
export function checkProduct({ n, combination, rows, tolerance }: Expectation, product: Float32Array | Int32Array): number | null {
  const found = multiply(product, n, combination);
  let wrong = 0;
  for (let row = 0; row < n; row++) if (!(Math.abs((found[row] ?? 0) - (rows[row] ?? 0)) <= tolerance)) wrong += 1; // NaN is wrong
  return wrong === 0 ? null : wrong;
}

/** Matrix times vector, in doubles. */
function multiply(matrix: Float32Array | Int8Array | Int32Array, n: number, vector: Float64Array): Float64Array {
  const result = new Float64Array(n);
  for (let row = 0; row < n; row++) {
    let sum = 0;
    const at = row * n;
    for (let column = 0; column < n; column++) sum += (matrix[at + column] ?? 0) * (vector[column] ?? 0);
    result[row] = sum;
  }
  return result;
}

/** Root mean square of the first values, which are like all others. */
function size(values: Float32Array | Int8Array): number {
  const count = Math.min(4096, values.length);
  let sum = 0;
  for (let at = 0; at < count; at++) sum += (values[at] ?? 0) ** 2;
  return Math.sqrt(sum / count);
}
