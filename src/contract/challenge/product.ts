import type { ChallengeShape } from './messages.ts';
import { absorbPairs, applyRounds } from './rounds.ts';

/** Rounds that make 16 elements of a matrix from the key and their place. */
export const EXPAND_ROUNDS = 6;
/** Rounds after the last word of a row, so that its end reaches all of the fold. */
export const FOLD_END_ROUNDS = 8;
export const FOLD_WORDS = 4;

/** Of a product: `size` rows and columns, each element a sum of `depth` terms. */
export type ProductShape = Pick<ChallengeShape, 'size' | 'depth'>;

/** Which of the two matrices of a step; part of how its elements are made. */
export const LEFT = 0;
export const RIGHT = 1;

/** A matrix of a step: 8-bit integers, row by row; the left one `size` x `depth`, the right one `depth` x `size`. */
export function expandMatrix({ size, depth }: ProductShape, key: Uint32Array, which: typeof LEFT | typeof RIGHT): Int8Array {
  const words = new Uint32Array((size * depth) / 4);
  const state = new Uint32Array(4);
  for (let at = 0; at < words.length; at += 4) {
    state[0] = (key[0] ?? 0) ^ (at / 4);
    state[1] = (key[1] ?? 0) ^ which;
    state[2] = key[2] ?? 0;
    state[3] = key[3] ?? 0;
    applyRounds(state, EXPAND_ROUNDS);
    for (let word = 0; word < 4; word++) words[at + word] = state[word] ?? 0; // `set` takes longer than the rounds
  }
  return new Int8Array(toLittleEndian(words).buffer);
}

/**
 * Folds each row of a product to four words, in order: two words are taken in, one round, and so on. Whoever knows the fold of the true
 * product has computed the product; that is all it is for, collisions are no matter (docs/challenge.md).
 */
export function foldRows(size: number, product: Int32Array): Uint32Array {
  const folds = new Uint32Array(size * FOLD_WORDS);
  const state = new Uint32Array(FOLD_WORDS);
  for (let row = 0; row < size; row++) {
    state.fill(0);
    state[2] = row;
    absorbPairs(state, product, row * size, (row + 1) * size);
    applyRounds(state, FOLD_END_ROUNDS);
    folds.set(state, row * FOLD_WORDS);
  }
  return folds;
}

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** The words as little-endian bytes, whatever this machine's order. */
export function toLittleEndian(words: Uint32Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint32Array(words);
  const bytes = new Uint8Array(copy.buffer);
  if (!HOST_IS_LITTLE_ENDIAN) reverseWords(bytes);
  return bytes;
}

/** The 32-bit words of little-endian bytes, in place where they lie so already; a rest of less than four bytes is left out. */
export function fromLittleEndian(bytes: Uint8Array): Uint32Array {
  const length = bytes.length >> 2;
  if (HOST_IS_LITTLE_ENDIAN && bytes.byteOffset % 4 === 0) return new Uint32Array(bytes.buffer, bytes.byteOffset, length);
  const copy = new Uint8Array(length * 4);
  copy.set(bytes.subarray(0, copy.length));
  if (!HOST_IS_LITTLE_ENDIAN) reverseWords(copy);
  return new Uint32Array(copy.buffer);
}

function reverseWords(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += 4) bytes.subarray(at, at + 4).reverse();
}
