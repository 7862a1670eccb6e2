import type { Measurement } from '../../../contract/model/benchmark.ts';
import { createBuffer } from '../gpu/buffers.ts';
import { agree, iqrShare, median } from '../statistics.ts';
import { type Bench, powerOfTwo } from './bench.ts';
import { fillValue, openFiller } from './fill.ts';
import { spareBytes } from './memory-size.ts';
import { SuiteError } from './suite-error.ts';

export interface TransferFigures {
  readonly toDeviceGBs: Measurement | null;
  readonly fromDeviceGBs: Measurement | null;
}

/** Large enough that what a copy costs to start does not show. */
const BYTES = 256 * 2 ** 20;
const SOFTWARE_BYTES = 64 * 2 ** 20;
const SEED = 0x5eed_0001;
const WARM = 0.02;
const MAX_COPIES = 64;
/** A device so slow that its time is up is measured so often all the same. */
const FEWEST = 3;
/** Words of the copy that are checked, this far apart. */
const STRIDE = 4097;

/**
 * GB/s (10^9 bytes) between main memory and device, one direction at a time: copies between a buffer of the device and one that the host
 * has mapped, written before the clock starts (`writeBuffer` was six times slower on an H200: it copies once more).
 */
export async function measureTransfer(bench: Bench, budgetMs: number): Promise<TransferFigures> {
  const { gpu } = bench;
  const endMs = performance.now() + budgetMs;
  const sizeBytes = powerOfTwo(
    Math.min(bench.isSoftware ? Math.min(SOFTWARE_BYTES, spareBytes() / 4) : BYTES, gpu.limits.maxBufferSize, bench.limits.bandwidthBytes),
  );
  const words = sizeBytes / 4;
  const onDevice = createBuffer(gpu, sizeBytes);
  const source = gpu.device.createBuffer({
    size: sizeBytes,
    usage: GPUBufferUsage.MAP_WRITE | GPUBufferUsage.COPY_SRC,
    mappedAtCreation: true,
  });
  const target = gpu.device.createBuffer({ size: sizeBytes, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  try {
    const contents = new Uint32Array(source.getMappedRange());
    for (let index = 0; index < words; index++) contents[index] = fillValue('words', SEED, index);
    source.unmap();
    const path = `copies of ${sizeBytes / 2 ** 20} MiB from mapped memory`;
    const toDevice = await timeCopies(bench, source, onDevice, sizeBytes, 'to the device', 0, endMs - budgetMs / 2);
    const wrong = await (await openFiller(gpu, 'words')).countWrong(onDevice, SEED);
    if (wrong > 0) throw wrongCopy(`${wrong} of ${words} words arrived changed on the device`);
    const fromDevice = await timeCopies(bench, onDevice, target, sizeBytes, 'from the device', 0.5, endMs);
    await target.mapAsync(GPUMapMode.READ);
    const arrived = new Uint32Array(target.getMappedRange());
    for (let index = 0; index < words; index += STRIDE)
      if (arrived[index] !== fillValue('words', SEED, index)) throw wrongCopy('words arrived changed in main memory');
    target.unmap();
    return {
      toDeviceGBs: { ...toDevice, path },
      fromDeviceGBs: { ...fromDevice, path: `copies of ${sizeBytes / 2 ** 20} MiB to mapped memory` },
    };
  } finally {
    for (const buffer of [onDevice, source, target]) buffer.destroy();
  }
}

const wrongCopy = (what: string): SuiteError => new SuiteError('wrong-results', `The device moved memory wrongly: ${what}.`);

/** By the wall clock: devices put no timestamps around copies outside a pass. */
async function timeCopies(
  bench: Bench,
  from: GPUBuffer,
  to: GPUBuffer,
  sizeBytes: number,
  what: string,
  share: number,
  endMs: number,
): Promise<Omit<Measurement, 'path'>> {
  const { gpu, limits } = bench;
  const warmMs = (performance.now() + endMs) / 2;
  async function copy(times: number): Promise<number> {
    const encoder = gpu.device.createCommandEncoder();
    for (let time = 0; time < times; time++) encoder.copyBufferToBuffer(from, 0, to, 0, sizeBytes);
    const commands = encoder.finish();
    const startedMs = performance.now();
    gpu.device.queue.submit([commands]);
    await gpu.device.queue.onSubmittedWorkDone();
    return (performance.now() - startedMs) / times;
  }
  bench.say('transfer', share, what);
  await copy(1);
  const copies = Math.max(1, Math.min(MAX_COPIES, Math.round(limits.submitMs / (await copy(1)))));
  for (let last = await copy(copies); performance.now() < warmMs; ) {
    const next = await copy(copies);
    if (agree(last, next, WARM)) break;
    last = next;
  }
  const times: number[] = [];
  while (times.length < limits.samples && (times.length < FEWEST || performance.now() < endMs)) {
    times.push(await copy(copies));
    bench.say('transfer', share + (0.5 * times.length) / limits.samples, `${what}: sample ${times.length} of ${limits.samples}`);
  }
  if (times.length < limits.samples) bench.note(`Copies ${what}: the time was up after ${times.length} of ${limits.samples} samples.`);
  return { value: sizeBytes / 1e9 / (median(times) / 1_000), iqrShare: iqrShare(times), samples: times.length, verified: true };
}
