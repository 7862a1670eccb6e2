import { challengeSeed, memorySeed } from '../../../contract/challenge/chain.ts';
import { CELL_WORDS, makeCell, walk, walkStart } from '../../../contract/challenge/memory.ts';
import type { Challenge } from '../../../contract/challenge/messages.ts';
import { expandMatrix, foldRows, LEFT, type ProductShape, RIGHT } from '../../../contract/challenge/product.ts';
import { type Multiplier, sha256 } from './prove.ts';

/** Cells made between two looks at the signal, tens of milliseconds. */
const CELLS_A_TURN = 4_096;

/** Answers in this process: for a device that is a processor, and as what every other device is compared with. */
export function referenceMultiplier({ shape, binding }: Challenge): Multiplier {
  const seed = memorySeed(sha256, challengeSeed(sha256, shape, binding));
  let memory = new Uint32Array(0);
  const readCell = (block: number, offset: number, into: Uint32Array): void => {
    const at = (block * shape.blockCells + offset) * CELL_WORDS;
    for (let word = 0; word < CELL_WORDS; word++) into[word] = memory[at + word] ?? 0;
  };
  const product = (previous: Uint32Array): Int32Array => {
    const key = walk(shape, walkStart(shape, previous), readCell);
    return multiplyMatrices(shape, expandMatrix(shape, key, LEFT), expandMatrix(shape, key, RIGHT));
  };
  return {
    async fill(progress, signal) {
      const cells = shape.blocks * shape.blockCells;
      memory = new Uint32Array(cells * CELL_WORDS);
      for (let cell = 0; cell < cells; cell++) {
        if (cell % CELLS_A_TURN === 0) {
          await new Promise(setImmediate);
          signal.throwIfAborted();
          progress(cell / cells);
        }
        const into = memory.subarray(cell * CELL_WORDS, (cell + 1) * CELL_WORDS);
        makeCell(seed, shape.cellRounds, Math.floor(cell / shape.blockCells), cell % shape.blockCells, into);
      }
      progress(1);
    },
    multiply: (previous) => Promise.resolve(foldRows(shape.size, product(previous))),
    product: (previous) => Promise.resolve(product(previous)),
    [Symbol.asyncDispose]() {
      memory = new Uint32Array(0);
      return Promise.resolve();
    },
  };
}

/** left x right, exact. */
export function multiplyMatrices({ size, depth }: ProductShape, left: Int8Array, right: Int8Array): Int32Array {
  const product = new Int32Array(size * size);
  for (let row = 0; row < size; row++) {
    const into = product.subarray(row * size, (row + 1) * size);
    for (let k = 0; k < depth; k++) {
      const factor = left[row * depth + k] ?? 0;
      const from = k * size;
      for (let column = 0; column < size; column++) into[column] = (into[column] ?? 0) + factor * (right[from + column] ?? 0);
    }
  }
  return product;
}
