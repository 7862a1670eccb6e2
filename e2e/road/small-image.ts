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

/** Makes the image of the small job on the local engine; returns its id. */
export async function buildSmallImage(): Promise<string> {
  const contextDir = tempFolder();
  writeFileSync(join(contextDir, 'job.mjs'), program);
  const { imageId } = await buildImage({ contextDir, onProgress: () => undefined, signal: new AbortController().signal });
  return imageId;
}
