// Runs on your machine after the job: multiplies the same matrices here and compares every element. Only data is read; nothing of it is run.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SIZE } from './matrices.mjs';

const { NIGHTSHIFT_WORK: work, NIGHTSHIFT_OUTPUTS: outputs } = process.env;
if (!work || !outputs) {
  console.error('verify: NIGHTSHIFT_WORK and NIGHTSHIFT_OUTPUTS must name folders; `nightshift job run` sets them.');
  process.exit(2);
}

const integers = (path) => new Int32Array(new Uint8Array(readFileSync(path)).buffer);

try {
  const path = join(outputs, 'product.bin');
  const { size } = statSync(path);
  const wantedBytes = SIZE * SIZE * Int32Array.BYTES_PER_ELEMENT;
  if (size !== wantedBytes) throw new Error(`the product has ${size} bytes, not ${wantedBytes}`);
  const product = integers(path);
  const matrices = integers(join(work, 'matrices.bin'));
  for (let row = 0; row < SIZE; row++) {
    for (let column = 0; column < SIZE; column++) {
      let sum = 0;
      for (let k = 0; k < SIZE; k++) sum = (sum + Math.imul(matrices[row * SIZE + k], matrices[(SIZE + k) * SIZE + column])) | 0;
      if (product[row * SIZE + column] !== sum) throw new Error(`the product is wrong at row ${row}, column ${column}`);
    }
  }
  console.log(`all ${SIZE * SIZE} elements of the product are right`);
} catch (error) {
  console.error(`verify: ${error.message}`);
  process.exit(1);
}
