/** Rows and columns of each matrix; whole tiles of the shader. */
export const SIZE = 256;

/**
 * Whether left * right = product, all of them SIZE x SIZE in rows, modulo 2^32: both sides times a random vector must be equal (Freivalds).
 * A wrong product passes one round with a chance of at most one half, so `rounds` rounds with 2^-rounds.
 */
export function isProduct(left, right, product, rounds) {
  for (let round = 0; round < rounds; round++) {
    const vector = Int32Array.from({ length: SIZE }, () => Math.floor(Math.random() * 2));
    const expected = timesVector(left, timesVector(right, vector));
    if (timesVector(product, vector).some((value, row) => value !== expected[row])) return false;
  }
  return true;
}

function timesVector(matrix, vector) {
  return vector.map((_, row) => vector.reduce((sum, value, column) => (sum + Math.imul(matrix[row * SIZE + column], value)) | 0, 0));
}
