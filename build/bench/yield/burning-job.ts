import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { smallJob } from '../../../e2e/road/machine.ts';
import { buildImage } from '../../../src/cli/image/build-image.ts';
import type { JobSpec } from '../../../src/contract/model/job.ts';
import { tempFolder } from '../../../src/lib/testing/temp-folder.ts';

/** Each thread's count, 8 bytes each, side by side, in this file of the job's volume. */
export const COUNTER_FILE = 'tmp/counter';
export const COUNTER_BYTES = 8;
const WRITE_EVERY_MS = 0.25;

/** Burns as many cores as THREADS says. Every thread counts by itself, so that one that still runs while the others stand still is seen. */
const program = `
import { openSync, writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
const threads = Number(process.env.THREADS);
const index = isMainThread ? 0 : workerData;
const file = openSync('/job/${COUNTER_FILE}', isMainThread ? 'w' : 'r+');
if (isMainThread) for (let each = 1; each < threads; each++) new Worker(new URL(import.meta.url), { workerData: each });
const count = new BigUint64Array(1);
function burn() {
  for (const startedMs = performance.now(); performance.now() - startedMs < 1_000; ) {
    count[0]++;
    writeSync(file, count, 0, ${COUNTER_BYTES}, index * ${COUNTER_BYTES});
    for (const burntMs = performance.now(); performance.now() - burntMs < ${WRITE_EVERY_MS}; );
  }
  setImmediate(burn);
}
burn();
`;

/** Makes the image of the burning job on the local engine; returns its id. */
export async function buildBurningImage(): Promise<string> {
  const contextDir = tempFolder();
  writeFileSync(join(contextDir, 'burn.mjs'), program);
  const { imageId } = await buildImage({ contextDir, onProgress: () => undefined, signal: new AbortController().signal });
  return imageId;
}

/** A job that burns `threads` cores for hours. */
export const burningJob = (image: string, threads = availableParallelism()): JobSpec =>
  smallJob(image, {
    name: 'burn',
    command: ['node', '/app/burn.mjs'],
    env: { THREADS: String(threads) },
    outputs: [],
    timeLimitMs: 4 * 3_600_000,
    memoryBytes: (128 + 32 * threads) * 2 ** 20,
    cpus: threads,
    maxMicroPerHour: 100_000,
  });
