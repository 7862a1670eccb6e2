import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

interface Row {
  readonly pixels: readonly number[];
  readonly digit: number;
}

const folder = mkdtempSync(join(tmpdir(), 'nightshift-digits-'));
const runs = ['first', 'second'].map((name) => ({
  work: join(folder, name),
  inputs: join(folder, name, 'inputs'),
  outputs: join(folder, name, 'out'),
}));
const [first, second] = runs as [(typeof runs)[number], (typeof runs)[number]];
const script = (name: string): string => join(import.meta.dirname, name);
const rowsOf = (path: string): readonly Row[] => JSON.parse(readFileSync(path, 'utf8'));

beforeAll(() => {
  for (const { work, inputs, outputs } of runs) {
    execFileSync(process.execPath, [script('prepare.mjs')], { env: { NIGHTSHIFT_WORK: work, NIGHTSHIFT_INPUTS: inputs } });
    mkdirSync(outputs);
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

test('the split gives every digit the same share, and no row to both sides', () => {
  const training = rowsOf(join(first.inputs, 'training.json'));
  const withheld = rowsOf(join(first.work, 'withheld.json'));
  expect(training.length + withheld.length).toBe(1797);
  for (let digit = 0; digit < 10; digit++) {
    const count = (rows: readonly Row[]): number => rows.filter((row) => row.digit === digit).length;
    expect(count(withheld) / (count(training) + count(withheld))).toBeCloseTo(0.25, 2);
  }
  const seen = new Set(training.map((row) => row.pixels.join()));
  expect(withheld.filter((row) => seen.has(row.pixels.join()))).toEqual([]);
});

test('the split is the same every time, and only training rows become inputs', () => {
  expect(readdirSync(first.inputs)).toEqual(['training.json']);
  for (const file of ['withheld.json', 'inputs/training.json']) {
    expect(readFileSync(join(second.work, file), 'utf8')).toBe(readFileSync(join(first.work, file), 'utf8'));
  }
});

function verify(model: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  writeFileSync(join(first.outputs, 'model.json'), model);
  const env = { NIGHTSHIFT_WORK: first.work, NIGHTSHIFT_OUTPUTS: first.outputs };
  return spawnSync(process.execPath, [script('verify.mjs')], { env, encoding: 'utf8' });
}

const shape = { kind: 'rbf-kernel-classifier', gamma: 0.2, rows: [new Array(64).fill(0)], weights: [new Array(10).fill(0)] };

test.each([
  ['not JSON', 'process.exit(0)', 'is not JSON'],
  ['of another kind', '{}', "no 'rbf-kernel-classifier'"],
  ['without rows', JSON.stringify({ ...shape, rows: [] }), 'rows'],
  ['with a short row', JSON.stringify({ ...shape, rows: [[1, 2]] }), 'row 0 of the model is not 64 numbers'],
  [
    'with text for a weight',
    JSON.stringify({ ...shape, weights: [new Array(10).fill('1')] }),
    'weight list 0 of the model is not 10 numbers',
  ],
])('a model %s is refused with a reason', (_what, model, reason) => {
  expect(verify(model)).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(reason) });
});

test('a model that knows nothing is scored and refused', () => {
  const answer = verify(JSON.stringify(shape));
  expect(answer.stdout).toMatch(/^accuracy on 451 withheld rows: \d+\.\d%\n$/);
  expect(answer).toMatchObject({ status: 1, stderr: expect.stringContaining('must reach 95%') });
});
