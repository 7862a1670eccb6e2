import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildImage } from '../../src/cli/image/build-image.ts';
import { tempFolder } from '../../src/lib/testing/temp-folder.ts';

/** What the small job does: counts for a while, says so, and leaves a file. RUN_MS, EXIT_CODE and SKIP_OUTPUT change it. */
const program = `
import { writeFileSync } from 'node:fs';
const runMs = Number(process.env.RUN_MS ?? 1500);
const startedMs = Date.now();
let count = 0;
while (Date.now() - startedMs < runMs) {
  console.log('count', ++count);
  await new Promise((resolve) => setTimeout(resolve, 100));
}
if (!process.env.SKIP_OUTPUT) writeFileSync(process.env.NIGHTSHIFT_OUTPUTS + '/result.txt', 'counted to ' + count);
process.exit(Number(process.env.EXIT_CODE ?? 0));
`;

/**
 * Counts to COUNT_TO, ten a second, saves each interval where it is, and goes on from there. Leaves the count, and where each attempt of
 * its line began. From PLANT_AT on its checkpoints hold a link to a file of the host.
 */
const countingProgram = `
import { existsSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
const folder = process.env.NIGHTSHIFT_CHECKPOINT_DIR;
const path = folder + '/state.json';
const state = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { count: 0, began: [] };
state.began.push(state.count);
const every = Number(process.env.NIGHTSHIFT_CHECKPOINT_INTERVAL_MS) / 100;
while (state.count < Number(process.env.COUNT_TO)) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  console.log('count', ++state.count);
  if (state.count === Number(process.env.PLANT_AT)) symlinkSync('/etc/passwd', folder + '/link');
  if (state.count % every === 0) {
    writeFileSync(path + '.tmp', JSON.stringify(state));
    renameSync(path + '.tmp', path);
  }
}
writeFileSync(process.env.NIGHTSHIFT_OUTPUTS + '/result.txt', JSON.stringify(state));
`;

/** Makes the image of the small jobs, /app/job.mjs and /app/counting.mjs, on the local engine; returns its id. */
export async function buildSmallImage(): Promise<string> {
  const contextDir = tempFolder();
  writeFileSync(join(contextDir, 'job.mjs'), program);
  writeFileSync(join(contextDir, 'counting.mjs'), countingProgram);
  const { imageId } = await buildImage({ contextDir, onProgress: () => undefined, signal: new AbortController().signal });
  return imageId;
}
