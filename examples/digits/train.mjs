// Runs on the worker: a least-squares kernel machine (Suykens and Vandewalle, 1999). Two settings are chosen by cross-validation among the
// training rows; the rows it is scored on are not here.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { kernel, MODEL_KIND, predict } from './model.mjs';

const FOLDS = 3;
const GAMMAS = [0.05, 0.1, 0.2, 0.4];
const RIDGES = [0.01, 0.1, 1];

const { NIGHTSHIFT_INPUTS: inputs, NIGHTSHIFT_OUTPUTS: outputs, NIGHTSHIFT_CHECKPOINT_DIR: checkpoints } = process.env;
if (!inputs || !outputs) {
  console.error('train: NIGHTSHIFT_INPUTS and NIGHTSHIFT_OUTPUTS must name folders; the worker sets them.');
  process.exit(2);
}
const rows = JSON.parse(readFileSync(join(inputs, 'training.json'), 'utf8'));
console.log(`learning from ${rows.length} rows`);

const settings = GAMMAS.flatMap((gamma) => RIDGES.map((ridge) => ({ gamma, ridge })));
let { tried, best } = readProgress();
if (tried > 0) console.log(`going on after ${tried} of ${settings.length}`);
for (const { gamma, ridge } of settings.slice(tried)) {
  const accuracy = crossValidate(rows, gamma, ridge);
  if (accuracy > best.accuracy) best = { accuracy, gamma, ridge };
  tried += 1;
  saveProgress({ tried, best });
  console.log(`${tried}/${settings.length} gamma ${gamma} ridge ${ridge}: ${percent(accuracy)} in cross-validation`);
}

console.log(`best: gamma ${best.gamma}, ridge ${best.ridge}; learning from all rows`);
writeFileSync(join(outputs, 'model.json'), JSON.stringify(fit(rows, best.gamma, best.ridge)));
console.log('model written');

/** Where an earlier attempt of this job left off. */
function readProgress() {
  const path = checkpoints && join(checkpoints, 'progress.json');
  return path && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { tried: 0, best: { accuracy: -1, gamma: 0, ridge: 0 } };
}

/** Written beside and renamed, so that whatever ends this program leaves the old progress or the new. */
function saveProgress(progress) {
  if (!checkpoints) return;
  const temporary = join(checkpoints, 'progress.tmp');
  writeFileSync(temporary, JSON.stringify(progress));
  renameSync(temporary, join(checkpoints, 'progress.json'));
}

/** The share of rows named rightly by a model that has not seen them. */
function crossValidate(all, gamma, ridge) {
  let right = 0;
  for (let fold = 0; fold < FOLDS; fold++) {
    const model = fit(
      all.filter((_, i) => i % FOLDS !== fold),
      gamma,
      ridge,
    );
    right += all.filter((row, i) => i % FOLDS === fold && predict(model, row.pixels) === row.digit).length;
  }
  return right / all.length;
}

/** Solves (K + ridge I) W = T, where T is +1 for a row's digit and -1 for the nine others. */
function fit(training, gamma, ridge) {
  const size = training.length;
  const gram = new Matrix(size, size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const value = kernel(gamma, training[i].pixels, training[j].pixels);
      gram.set(i, j, value);
      gram.set(j, i, value);
    }
    gram.set(i, i, 1 + ridge);
  }
  const targets = new Matrix(training.map(({ digit }) => Array.from({ length: 10 }, (_, other) => (other === digit ? 1 : -1))));
  const weights = new CholeskyDecomposition(gram).solve(targets).to2DArray();
  return {
    kind: MODEL_KIND,
    gamma,
    rows: training.map((row) => row.pixels),
    weights: weights.map((row) => row.map((weight) => Number(weight.toPrecision(6)))),
  };
}

function percent(share) {
  return `${(100 * share).toFixed(1)}%`;
}
