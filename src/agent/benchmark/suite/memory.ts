import { createBuffer } from '../gpu/buffers.ts';
import { type Bench, powerOfTwo } from './bench.ts';
import { openFiller } from './fill.ts';
import { spareBytes } from './memory-size.ts';
import { SuiteError } from './suite-error.ts';

/** `maxBufferSize` says nothing about VRAM, so there are many buffers. */
const CHUNK_BYTES = 256 * 2 ** 20;
const SOFTWARE_CHUNK_BYTES = 64 * 2 ** 20;
/** Of the memory that a card is known to have: the desktop and the driver need the rest, and taking all would end other programs. */
const TAKEN_SHARE = 0.95;
/** Half of the time fills, half checks. */
const FILLING = 0.5;

/**
 * How many bytes the device really holds at once: buffers are made until it refuses, each filled with words of its own, and then every word is
 * checked on the device, of all of them or of as many as there is time for. Null where not even one buffer was given.
 */
export async function measureMemory(bench: Bench, budgetMs: number): Promise<number | null> {
  const { gpu } = bench;
  const endMs = performance.now() + budgetMs;
  const chunkBytes = powerOfTwo(
    Math.min(bench.isSoftware ? SOFTWARE_CHUNK_BYTES : CHUNK_BYTES, gpu.limits.maxStorageBufferBindingSize, gpu.limits.maxBufferSize),
  );
  const most = Math.min(mostBytes(bench), bench.limits.memoryBytes ?? Number.POSITIVE_INFINITY);
  const filler = await openFiller(gpu, 'words');
  const chunks: GPUBuffer[] = [];
  try {
    while ((chunks.length + 1) * chunkBytes <= most) {
      const chunk = await allocate(bench, chunkBytes);
      if (chunk === null) break;
      chunks.push(chunk);
      filler.fill(chunk, chunks.length);
      await gpu.device.queue.onSubmittedWorkDone();
      bench.say(
        'memory',
        Math.min(FILLING, (FILLING * chunks.length * chunkBytes) / most),
        `${(chunks.length * chunkBytes) / 2 ** 20} MiB filled`,
      );
      if (performance.now() > endMs - (1 - FILLING) * budgetMs) {
        bench.note(`The time was up after ${(chunks.length * chunkBytes) / 2 ** 20} MiB of memory; the device may have more.`);
        break;
      }
    }
    let checkedBytes = 0;
    for (const [index, chunk] of chunks.entries()) {
      const wrong = await filler.countWrong(chunk, index + 1);
      if (wrong > 0)
        throw new SuiteError(
          'wrong-results',
          `The device's memory does not keep what is written to it: ${wrong} words of ${chunkBytes / 2 ** 20} MiB changed.`,
        );
      checkedBytes += chunkBytes;
      bench.say('memory', FILLING + ((1 - FILLING) * (index + 1)) / chunks.length, `${checkedBytes / 2 ** 20} MiB checked`);
      if (performance.now() > endMs && index + 1 < chunks.length) {
        bench.note(`The time was up when ${checkedBytes / 2 ** 20} MiB of memory were checked; the device has more.`);
        break;
      }
    }
    return checkedBytes === 0 ? null : checkedBytes;
  } finally {
    for (const chunk of chunks) chunk.destroy();
  }
}

/** How much is filled at the most. What has no size of its own is the machine's memory (a GPU inside a processor): there is no end but the machine's. */
export function mostBytes({ isSoftware, memoryBytes, note }: Pick<Bench, 'isSoftware' | 'memoryBytes' | 'note'>): number {
  if (!isSoftware && memoryBytes !== null) return TAKEN_SHARE * memoryBytes;
  note(
    isSoftware
      ? 'A software device has the memory of the machine: only a part of what is free was filled.'
      : 'How much memory this device has of its own is not known: only a part of what is free in the machine was filled.',
  );
  return spareBytes();
}

/** Null where the device has no more. */
async function allocate({ gpu }: Bench, bytes: number): Promise<GPUBuffer | null> {
  gpu.device.pushErrorScope('out-of-memory');
  const buffer = createBuffer(gpu, bytes);
  return (await gpu.device.popErrorScope()) === null ? buffer : null;
}
