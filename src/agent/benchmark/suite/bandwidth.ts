import type { Measurement } from '../../../contract/model/benchmark.ts';
import { createBuffer } from '../gpu/buffers.ts';
import type { GpuDevice } from '../gpu/device.ts';
import { bind, type Compiled, compile } from '../gpu/pipeline.ts';
import { timeSubmit } from '../gpu/timing.ts';
import { bandwidthCandidates, TRIAD_SCALAR, type Traffic } from '../kernels/bandwidth.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { type Bench, powerOfTwo } from './bench.ts';
import { fillValue, openFiller } from './fill.ts';
import { figure, measure } from './measure.ts';
import { lastCacheBytes, spareBytes } from './memory-size.ts';
import { SuiteError } from './suite-error.ts';

export interface BandwidthFigures {
  readonly readGBs: Measurement | null;
  readonly copyGBs: Measurement | null;
  readonly triadGBs: Measurement | null;
}

/** The largest cache of a graphics card (RTX 5090 and RX 7900 XTX: 96 MB; H200: 50 MB), as a power of two. */
const CARD_CACHE_BYTES = 128 * 2 ** 20;
/** Buffers this many times the cache leave next to nothing in it. */
const CACHES = 8;
/** Three buffers must fit, and the rest of the suite beside them. */
const MEMORY_SHARE = 1 / 8;
/** Part of the time in which kernels are tried. */
const TRYING = 0.3;
const BUFFERS = 3;
const SMALLEST_BYTES = 2 ** 20;
/** Also a slow device moves this much where it has the time: three of them are some times the cache of a processor. */
const SLOW_BYTES = 64 * 2 ** 20;
/** Each traffic needs about so many launches: tried, repeated until it lasts, warmed up, and sampled a few times. */
const LAUNCHES = 20;
const TRIAL_BYTES = 16 * 2 ** 20;
/** Places of the output that are checked after each submit, bytes each. */
const CHECKED_PLACES = 8;
const CHECKED_BYTES = 1024;
const CHECKED_WORDS = CHECKED_BYTES / 4;
const SEEDS = { a: 0x5eed_000a, b: 0x5eed_000b } as const;

/** GB/s (10^9 bytes) of reading, copying and triad, each by the fastest of several kernels. */
export async function measureBandwidth(bench: Bench, budgetMs: number): Promise<BandwidthFigures> {
  const { gpu } = bench;
  const endMs = performance.now() + budgetMs;
  const sizeBytes = await bufferBytes(bench, budgetMs);
  const buffers = { a: createBuffer(gpu, sizeBytes), b: createBuffer(gpu, sizeBytes), o: createBuffer(gpu, sizeBytes) };
  try {
    const filler = await openFiller(gpu, 'floats');
    filler.fill(buffers.a, SEEDS.a);
    filler.fill(buffers.b, SEEDS.b);
    const each = (traffic: Traffic, at: number): Promise<Measurement | null> =>
      measureTraffic(bench, traffic, sizeBytes, buffers, at / 3, Math.max(0, endMs - performance.now()) / (3 - at));
    return { readGBs: await each('read', 0), copyGBs: await each('copy', 1), triadGBs: await each('triad', 2) };
  } finally {
    for (const buffer of Object.values(buffers)) buffer.destroy();
  }
}

/** The largest size that the device holds three times and moves within a submit or two, up to what leaves nothing in its caches. */
async function bufferBytes({ gpu, limits, isSoftware, memoryBytes, note }: Bench, budgetMs: number): Promise<number> {
  const wantedBytes = Math.min(CACHES * (isSoftware ? lastCacheBytes() : CARD_CACHE_BYTES), limits.bandwidthBytes);
  const available = isSoftware || memoryBytes === null ? spareBytes() : memoryBytes;
  const trial = [createBuffer(gpu, TRIAL_BYTES), createBuffer(gpu, TRIAL_BYTES)] as const;
  const rate = (await copyRate(gpu, trial)) / 2; // kernels may be half as fast as copies
  const movedBytes = (limits.submitMs * rate) / BUFFERS;
  const slowBytes = Math.min(SLOW_BYTES, (budgetMs * rate) / (3 * LAUNCHES * BUFFERS));
  for (const buffer of trial) buffer.destroy();
  const heldBytes = Math.min(gpu.limits.maxStorageBufferBindingSize, gpu.limits.maxBufferSize, available * MEMORY_SHARE);
  const sizeBytes = powerOfTwo(Math.max(SMALLEST_BYTES, Math.min(wantedBytes, heldBytes, Math.max(movedBytes, slowBytes))));
  if (sizeBytes < powerOfTwo(wantedBytes))
    note(
      `Bandwidth is measured with buffers of ${sizeBytes / 2 ** 20} MiB, the most that this device holds, or moves in the time there is; caches may help.`,
    );
  return sizeBytes;
}

/** Bytes that the device reads and writes in a millisecond, about. */
async function copyRate({ device }: GpuDevice, [from, to]: readonly [GPUBuffer, GPUBuffer]): Promise<number> {
  let tookMs = 0;
  for (let time = 0; time < 2; time++) {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(from, 0, to, 0, from.size);
    const startedMs = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    tookMs = performance.now() - startedMs; // the second time counts: in the first, memory is still being made
  }
  return (2 * from.size) / tookMs;
}

interface Buffers {
  readonly a: GPUBuffer;
  readonly b: GPUBuffer;
  readonly o: GPUBuffer;
}

async function measureTraffic(
  bench: Bench,
  traffic: Traffic,
  sizeBytes: number,
  buffers: Buffers,
  from: number,
  budgetMs: number,
): Promise<Measurement | null> {
  const { gpu } = bench;
  const bound = (compiled: Compiled): GPUBindGroup =>
    bind(gpu, compiled, traffic === 'triad' ? [buffers.a, buffers.b, buffers.o] : [buffers.a, buffers.o]);
  const startedMs = performance.now();
  let best: { readonly compiled: Compiled; readonly ms: number } | null = null;
  for (const kernel of bandwidthCandidates(traffic, sizeBytes)) {
    const compiled = await compile(gpu, kernel).catch(() => null); // refused here; another may run
    if (compiled === null) continue;
    bench.say('bandwidth', from, kernel.name);
    await timeSubmit(gpu, compiled, bound(compiled), kernel.workgroups, 1);
    const { wallMs, gpuMs } = await timeSubmit(gpu, compiled, bound(compiled), kernel.workgroups, 1);
    const ms = gpuMs ?? wallMs;
    if (best === null || ms < best.ms) best = { compiled, ms };
    if (performance.now() - startedMs > TRYING * budgetMs) break;
  }
  if (best === null) return null;
  const { compiled } = best;
  let places = choosePlaces(bench, compiled.kernel, buffers.o);
  const part = { step: 'bandwidth' as const, from, to: from + 1 / 3, what: traffic, endMs: startedMs + budgetMs };
  const timing = await measure(bench, { compiled, bindGroup: bound(compiled) }, part, async () => {
    await check(bench, traffic, compiled.kernel, buffers.o, places);
    places = choosePlaces(bench, compiled.kernel, buffers.o);
  });
  return figure(compiled.kernel.bytes / 1e9, timing, `${compiled.kernel.name}, buffers of ${sizeBytes / 2 ** 20} MiB`);
}

/** Random places of the output in bytes, zeroed: what is found there afterwards is of the next launch. */
function choosePlaces({ gpu, random }: Bench, { bindings }: Kernel, output: GPUBuffer): readonly number[] {
  const pieces = (bindings.at(-1)?.sizeBytes ?? 0) / CHECKED_BYTES;
  const places = Array.from({ length: CHECKED_PLACES }, () => (random() % pieces) * CHECKED_BYTES);
  const encoder = gpu.device.createCommandEncoder();
  for (const place of places) encoder.clearBuffer(output, place, CHECKED_BYTES);
  gpu.device.queue.submit([encoder.finish()]);
  return places;
}

/** What lies at these places, one after the other; all in one wait, because each costs a busy machine its turn. */
async function readPlaces({ device }: GpuDevice, output: GPUBuffer, places: readonly number[]): Promise<ArrayBuffer> {
  const size = places.length * CHECKED_BYTES;
  const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  try {
    const encoder = device.createCommandEncoder();
    for (const [at, place] of places.entries()) encoder.copyBufferToBuffer(output, place, staging, at * CHECKED_BYTES, CHECKED_BYTES);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    return staging.getMappedRange().slice(0);
  } finally {
    staging.destroy();
  }
}

/** What lies at these places against what must lie there exactly. */
async function check({ gpu }: Bench, traffic: Traffic, kernel: Kernel, output: GPUBuffer, places: readonly number[]): Promise<void> {
  const [sizeBytes = 0, outputBytes = 0] = [kernel.bindings[0]?.sizeBytes, kernel.bindings.at(-1)?.sizeBytes];
  const found = new Float32Array(await readPlaces(gpu, output, places));
  found.forEach((value, at) => {
    const [place = 0, index] = [places[Math.floor(at / CHECKED_WORDS)], at % CHECKED_WORDS];
    const right = expectedAt(traffic, kernel, sizeBytes, outputBytes, place / 4 + index);
    if (value !== right)
      throw new SuiteError('wrong-results', `The device moved memory wrongly: ${traffic} left ${value} instead of ${right}.`);
  });
}

function expectedAt(traffic: Traffic, { workgroups: [x, y, z] }: Kernel, sizeBytes: number, outputBytes: number, word: number): number {
  const a = (index: number): number => fillValue('floats', SEEDS.a, index);
  if (traffic === 'copy') return a(word);
  if (traffic === 'triad') return a(word) + TRIAD_SCALAR * fillValue('floats', SEEDS.b, word);
  // Each invocation of a workgroup adds up quads that lie one workgroup's width apart.
  const quads = sizeBytes / outputBytes;
  const width = outputBytes / 4 / (x * y * z);
  const first = Math.floor(word / width) * width * quads + (word % width);
  let sum = 0;
  for (let quad = 0; quad < quads; quad++) sum += a(first + quad * width);
  return sum;
}
