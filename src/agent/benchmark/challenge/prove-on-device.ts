import { challengeSeed, memorySeed } from '../../../contract/challenge/chain.ts';
import { CELL_BYTES, walkStart } from '../../../contract/challenge/memory.ts';
import { type Challenge, type ChallengeShape, productBytes } from '../../../contract/challenge/messages.ts';
import { LEFT, RIGHT } from '../../../contract/challenge/product.ts';
import { createBuffer, readBack } from '../gpu/buffers.ts';
import type { GpuDevice } from '../gpu/device.ts';
import { bind, type Compiled, compile } from '../gpu/pipeline.ts';
import { gemmI8Candidates } from '../kernels/gemm-i8.ts';
import {
  expandKernel,
  FILL_PARAMETERS,
  fillKernel,
  foldBytes,
  foldKernel,
  KEY_BYTES,
  MOST_INVOCATIONS,
  WALK_PARAMETERS,
  WORKGROUP,
  walkKernel,
} from './kernels.ts';
import { type Multiplier, type Proof, prove, sha256 } from './prove.ts';

/** A launch of the fill begins small and is doubled or halved until it lasts about so long: far from any driver's watchdog, and worth its cost. */
const FIRST_LAUNCH_ROUNDS = 2 ** 22;
const SHORT_LAUNCH_MS = 10;
const LONG_LAUNCH_MS = 60;

/**
 * Answers a challenge on an open device. `tunedKernel` names the product's kernel that tuning found the fastest here; null or unknown: the
 * first that the device takes. Throws where the memory does not suffice, when the signal fires, or when the device is lost.
 */
export async function proveOnDevice(
  gpu: GpuDevice,
  challenge: Challenge,
  tunedKernel: string | null,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<Proof> {
  return prove(await deviceMultiplier(gpu, challenge, tunedKernel), challenge, progress, signal);
}

interface Launch {
  readonly compiled: Compiled;
  readonly bound: GPUBindGroup;
  /** Undefined: as many as the kernel says. */
  readonly invocations?: number;
}

async function deviceMultiplier(gpu: GpuDevice, { shape, binding }: Challenge, tunedKernel: string | null): Promise<Multiplier> {
  const { device } = gpu;
  const [fill, walk, left, right, fold, multiply] = await Promise.all([
    compile(gpu, fillKernel(shape)),
    compile(gpu, walkKernel(shape)),
    compile(gpu, expandKernel(shape, LEFT)),
    compile(gpu, expandKernel(shape, RIGHT)),
    compile(gpu, foldKernel(shape)),
    compileProduct(gpu, shape, tunedKernel),
  ]);
  using buffers = new DisposableStack();
  const buffer = (sizeBytes: number): GPUBuffer => buffers.adopt(createBuffer(gpu, sizeBytes), (made) => made.destroy());
  const parameters = buffer(FILL_PARAMETERS * 4);
  const start = buffer(WALK_PARAMETERS * 4);
  const key = buffer(KEY_BYTES);
  const matrices = [buffer(shape.size * shape.depth), buffer(shape.size * shape.depth)] as const;
  const product = buffer(productBytes(shape));
  const folds = buffer(foldBytes(shape));
  const afterWalk = [
    { compiled: left, bound: bind(gpu, left, [key, matrices[LEFT]]) },
    { compiled: right, bound: bind(gpu, right, [key, matrices[RIGHT]]) },
    { compiled: multiply, bound: bind(gpu, multiply, [...matrices, product]) },
    { compiled: fold, bound: bind(gpu, fold, [product, folds]) },
  ];
  const blocks: GPUBuffer[] = [];
  const seed = memorySeed(sha256, challengeSeed(sha256, shape, binding));

  let launchCells = Math.min(MOST_INVOCATIONS, Math.ceil(FIRST_LAUNCH_ROUNDS / shape.cellRounds));
  const run = (launches: readonly Launch[]): void => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const { compiled, bound, invocations } of launches) {
      pass.setPipeline(compiled.pipeline);
      pass.setBindGroup(0, bound);
      if (invocations === undefined) pass.dispatchWorkgroups(...compiled.kernel.workgroups);
      else pass.dispatchWorkgroups(Math.ceil(invocations / WORKGROUP));
    }
    pass.end();
    device.queue.submit([encoder.finish()]);
  };
  const step = (previous: Uint32Array): void => {
    const { start: state, window } = walkStart(shape, previous);
    const inWindow = window.flatMap((block) => blocks[block] ?? []);
    device.queue.writeBuffer(start, 0, new Uint32Array(state));
    run([{ compiled: walk, bound: bind(gpu, walk, [start, key, ...inWindow]) }, ...afterWalk]);
  };

  const kept = buffers.move();
  return {
    async fill(progress, signal) {
      for (let block = 0; block < shape.blocks; block++) {
        signal.throwIfAborted();
        const memory = await createBlock(gpu, shape);
        kept.adopt(memory, (made) => made.destroy());
        blocks.push(memory);
        const bound = bind(gpu, fill, [parameters, memory]);
        for (let first = 0; first < shape.blockCells; ) {
          signal.throwIfAborted();
          const end = Math.min(shape.blockCells, first + launchCells);
          const startedMs = performance.now();
          device.queue.writeBuffer(parameters, 0, Uint32Array.of(...seed, block, first, end));
          run([{ compiled: fill, bound, invocations: end - first }]);
          await device.queue.onSubmittedWorkDone();
          const tookMs = performance.now() - startedMs;
          if (tookMs < SHORT_LAUNCH_MS) launchCells = Math.min(MOST_INVOCATIONS, launchCells * 2);
          if (tookMs > LONG_LAUNCH_MS) launchCells = Math.max(WORKGROUP, Math.ceil(launchCells / 2));
          first = end;
        }
        progress((block + 1) / shape.blocks);
      }
    },
    async multiply(previous) {
      step(previous);
      return new Uint32Array(await readBack(gpu, folds));
    },
    async product(previous) {
      step(previous);
      return new Int32Array(await readBack(gpu, product));
    },
    [Symbol.asyncDispose]() {
      kept.dispose();
      return Promise.resolve();
    },
  };
}

/** The product's kernel: the tuned one, else the first candidate that this device compiles. */
async function compileProduct(gpu: GpuDevice, { size, depth }: ChallengeShape, tunedKernel: string | null): Promise<Compiled> {
  const candidates = gemmI8Candidates({ m: size, n: size, k: depth }, gpu);
  const tunedFirst = candidates.toSorted((a, b) => Number(b.name === tunedKernel) - Number(a.name === tunedKernel));
  const refusals: string[] = [];
  for (const candidate of tunedFirst) {
    try {
      return await compile(gpu, candidate);
    } catch (error) {
      refusals.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(`no kernel for a product of ${size} x ${depth} x ${size} runs on this device: ${refusals.join('; ')}`);
}

async function createBlock(gpu: GpuDevice, { blockCells }: ChallengeShape): Promise<GPUBuffer> {
  gpu.device.pushErrorScope('out-of-memory');
  gpu.device.pushErrorScope('validation');
  const memory = createBuffer(gpu, blockCells * CELL_BYTES);
  const refusals = await Promise.all([gpu.device.popErrorScope(), gpu.device.popErrorScope()]);
  const refusal = refusals.find((error) => error !== null);
  if (refusal) throw new Error(`the device has no room for a block of ${blockCells * CELL_BYTES} bytes: ${refusal.message}`);
  return memory;
}
