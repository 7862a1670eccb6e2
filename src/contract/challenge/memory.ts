import type { ChallengeShape } from './messages.ts';
import { applyRounds } from './rounds.ts';

/** Four 32-bit words. */
export const CELL_WORDS = 4;
export const CELL_BYTES = 16;
/** The walk of a step reads in this many blocks; a shader that binds them and two buffers more keeps within what every device has. */
export const WINDOW_BLOCKS = 4;
/** Rounds between two hops: the next place depends on every bit of the cell just read. */
export const HOP_ROUNDS = 2;

/** Writes a cell, as the seed of the memory makes it: `cellRounds` rounds, of which none can be left out or done beside another. */
export function makeCell(seed: Uint32Array, cellRounds: number, block: number, offset: number, into: Uint32Array): void {
  into[0] = (seed[0] ?? 0) ^ offset;
  into[1] = (seed[1] ?? 0) ^ block;
  into[2] = seed[2] ?? 0;
  into[3] = seed[3] ?? 0;
  applyRounds(into, cellRounds);
}

/** Where the walk of a step begins: `start` is its state, `window` the blocks it reads in (one may occur twice). */
export interface WalkStart {
  readonly start: Uint32Array;
  readonly window: readonly number[];
}

/** From the eight words of the digest of the step before: four are the state, four choose the blocks. */
export function walkStart({ blocks }: ChallengeShape, previous: Uint32Array): WalkStart {
  return {
    start: previous.slice(0, CELL_WORDS),
    window: Array.from({ length: WINDOW_BLOCKS }, (_, slot) => (previous[CELL_WORDS + slot] ?? 0) % blocks),
  };
}

/** Walks from cell to cell and returns the state at the end, the key of the step's matrices. `readCell` writes a cell into its third argument. */
export function walk(
  { blockCells, hops }: ChallengeShape,
  { start, window }: WalkStart,
  readCell: (block: number, offset: number, into: Uint32Array) => void,
): Uint32Array {
  const state = start.slice();
  const cell = new Uint32Array(CELL_WORDS);
  for (let hop = 0; hop < hops; hop++) {
    readCell(window[(state[0] ?? 0) % WINDOW_BLOCKS] ?? 0, (state[1] ?? 0) % blockCells, cell);
    for (let word = 0; word < CELL_WORDS; word++) state[word] = (state[word] ?? 0) ^ (cell[word] ?? 0);
    applyRounds(state, HOP_ROUNDS);
  }
  return state;
}
