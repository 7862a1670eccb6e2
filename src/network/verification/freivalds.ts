import type { ProductShape } from '../../contract/challenge/product.ts';

/** 2^31 - 1, prime. */
const PRIME = 2 ** 31 - 1;
/** The largest product of two bytes, -128 x -128. */
const MAX_TERM = 2 ** 14;
/** Terms of the product's rows summed before a reduction: 2^47 x 32 = 2^52, exact in a double. */
const EXACT_TERMS = 32;
/** Two vectors of 31-bit numbers. */
const RANDOM_BYTES_A_COLUMN = 8;

/** Random bytes, unpredictable for whoever is checked. */
export type RandomBytes = (sizeBytes: number) => Uint8Array;

/**
 * Whether product = left x right, by two random vectors modulo 2^31 - 1 (Freivalds 1977): product x r = left x (right x r). A true product
 * always holds; a false one holds with a probability of at most 2^-60 (2^-30 for each vector; the numbers are uniform over 31 bits, of which
 * two mean zero). Work grows with size x (size + depth), and all sums are exact in doubles up to a depth of 32,768: 2^7 x 2^31 x 2^15 = 2^53.
 */
export function productHolds(shape: ProductShape, left: Int8Array, right: Int8Array, product: Int32Array, random: RandomBytes): boolean {
  const { size, depth } = shape;
  const bytes = random(size * RANDOM_BYTES_A_COLUMN);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const vector = (first: number): Float64Array =>
    Float64Array.from({ length: size }, (_, at) => (view.getUint32((first + at) * 4, true) & PRIME) % PRIME);
  const vectors: Pair = [vector(0), vector(size)];
  const expected = timesBytes(size, left, timesBytes(depth, right, vectors));
  return isProduct(shape, product, vectors, expected);
}

type Pair = readonly [Float64Array, Float64Array];

/** A matrix of bytes, of this many rows, times each of two vectors, modulo the prime. */
function timesBytes(rows: number, matrix: Int8Array, [first, second]: Pair): Pair {
  const result: Pair = [new Float64Array(rows), new Float64Array(rows)];
  const columns = first.length;
  for (let row = 0, from = 0; row < rows; row++, from += columns) {
    let sum0 = 0;
    let sum1 = 0;
    for (let column = 0; column < columns; column++) {
      const value = matrix[from + column] ?? 0;
      sum0 += value * (first[column] ?? 0);
      sum1 += value * (second[column] ?? 0);
    }
    result[0][row] = modulo(sum0);
    result[1][row] = modulo(sum1);
  }
  return result;
}

/**
 * Whether each row of 32-bit integers times the vectors is as expected: by halves of 16 bits, since 2^32 x 2^31 is more than a double holds.
 * Numbers that no sum of so many terms reaches are refused first: one that is off by exactly the prime would pass otherwise.
 */
function isProduct({ size, depth }: ProductShape, product: Int32Array, [first, second]: Pair, [expected0, expected1]: Pair): boolean {
  const most = depth * MAX_TERM;
  for (let row = 0, from = 0; row < size; row++, from += size) {
    let high0 = 0;
    let high1 = 0;
    let low0 = 0;
    let low1 = 0;
    for (let chunk = 0; chunk < size; chunk += EXACT_TERMS) {
      const end = Math.min(size, chunk + EXACT_TERMS);
      for (let column = chunk; column < end; column++) {
        const value = product[from + column] ?? 0;
        if (value > most || value < -most) return false;
        const high = value >> 16;
        const low = value & 0xffff;
        const factor0 = first[column] ?? 0;
        const factor1 = second[column] ?? 0;
        high0 += high * factor0;
        low0 += low * factor0;
        high1 += high * factor1;
        low1 += low * factor1;
      }
      high0 %= PRIME;
      low0 %= PRIME;
      high1 %= PRIME;
      low1 %= PRIME;
    }
    if (modulo(high0 * 2 ** 16 + low0) !== expected0[row] || modulo(high1 * 2 ** 16 + low1) !== expected1[row]) return false;
  }
  return true;
}

/** The remainder from 0 to the prime less one. */
function modulo(value: number): number {
  const rest = value % PRIME;
  return rest < 0 ? rest + PRIME : rest + 0; // -0 + 0 is 0
}
