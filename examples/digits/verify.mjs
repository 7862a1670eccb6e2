// Runs on your machine after the job: asks the returned model about rows the worker never had. Only data is read; nothing of it is run.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseModel, predict } from './model.mjs';

const REQUIRED_ACCURACY = 0.95;
const MAX_MODEL_BYTES = 32 * 2 ** 20;

const { NIGHTSHIFT_WORK: work, NIGHTSHIFT_OUTPUTS: outputs } = process.env;
if (!work || !outputs) {
  console.error('verify: NIGHTSHIFT_WORK and NIGHTSHIFT_OUTPUTS must name folders; `nightshift job run` sets them.');
  process.exit(2);
}

try {
  const path = join(outputs, 'model.json');
  if (statSync(path).size > MAX_MODEL_BYTES) throw new Error(`the model is larger than ${MAX_MODEL_BYTES} bytes`);
  const model = parseModel(readFileSync(path, 'utf8'));
  const withheld = JSON.parse(readFileSync(join(work, 'withheld.json'), 'utf8'));
  const right = withheld.filter((row) => predict(model, row.pixels) === row.digit).length;
  const accuracy = right / withheld.length;
  console.log(`accuracy on ${withheld.length} withheld rows: ${(100 * accuracy).toFixed(1)}%`);
  if (accuracy < REQUIRED_ACCURACY) throw new Error(`the model must reach ${100 * REQUIRED_ACCURACY}%`);
} catch (error) {
  console.error(`verify: ${error.message}`);
  process.exit(1);
}
