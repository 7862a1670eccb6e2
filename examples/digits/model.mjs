// The model: a kernel machine. Every training row votes for each digit with its weight, the louder the closer the picture is to it.

export const MODEL_KIND = 'rbf-kernel-classifier';
const PIXELS = 64;
const DIGITS = 10;
const MAX_ROWS = 10_000;

/** exp(-gamma * squared distance), pixels scaled to 0..1. */
export function kernel(gamma, a, b) {
  let distance = 0;
  for (let i = 0; i < PIXELS; i++) {
    const difference = (a[i] - b[i]) / 16;
    distance += difference * difference;
  }
  return Math.exp(-gamma * distance);
}

/** The digit with the most votes. @returns {number} 0..9 */
export function predict(model, pixels) {
  const votes = new Array(DIGITS).fill(0);
  model.rows.forEach((row, i) => {
    const closeness = kernel(model.gamma, row, pixels);
    for (let digit = 0; digit < DIGITS; digit++) votes[digit] += closeness * model.weights[i][digit];
  });
  return votes.indexOf(Math.max(...votes));
}

/** Reads a model that a stranger's machine wrote: data of a known shape, or an Error that says what is wrong with it. Nothing in it is run. */
export function parseModel(text) {
  let model;
  try {
    model = JSON.parse(text);
  } catch {
    throw new Error('the model is not JSON');
  }
  if (typeof model !== 'object' || model === null || model.kind !== MODEL_KIND) throw new Error(`the model is no '${MODEL_KIND}'`);
  if (!Number.isFinite(model.gamma) || model.gamma <= 0) throw new Error("the model's gamma is not a positive number");
  if (!Array.isArray(model.rows) || model.rows.length === 0 || model.rows.length > MAX_ROWS) {
    throw new Error(`the model does not have 1 to ${MAX_ROWS} rows`);
  }
  if (!Array.isArray(model.weights) || model.weights.length !== model.rows.length)
    throw new Error('the model has not one weight list per row');
  model.rows.forEach((row, i) => {
    if (!isVector(row, PIXELS)) throw new Error(`row ${i} of the model is not ${PIXELS} numbers`);
  });
  model.weights.forEach((weights, i) => {
    if (!isVector(weights, DIGITS)) throw new Error(`weight list ${i} of the model is not ${DIGITS} numbers`);
  });
  return { kind: MODEL_KIND, gamma: model.gamma, rows: model.rows, weights: model.weights };
}

const isVector = (value, length) => Array.isArray(value) && value.length === length && value.every(Number.isFinite);
