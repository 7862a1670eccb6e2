// Runs on your machine before the job is sent: a quarter of the rows stays here, the rest becomes the job's inputs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseRows, stratifiedSplit } from './split.mjs';

const { NIGHTSHIFT_WORK: work, NIGHTSHIFT_INPUTS: inputs } = process.env;
if (!work || !inputs) {
  console.error('prepare: NIGHTSHIFT_WORK and NIGHTSHIFT_INPUTS must name folders; `nightshift job run` sets them.');
  process.exit(2);
}

const rows = parseRows(gunzipSync(readFileSync(new URL('data/digits.csv.gz', import.meta.url))).toString());
const { training, withheld } = stratifiedSplit(rows, 0.25, 2026);
mkdirSync(work, { recursive: true });
mkdirSync(inputs, { recursive: true });
writeFileSync(join(inputs, 'training.json'), JSON.stringify(training));
writeFileSync(join(work, 'withheld.json'), JSON.stringify(withheld));
console.log(`${training.length} rows to learn from; ${withheld.length} rows stay on this machine`);
