import { readBack, upload } from '../gpu/buffers.ts';
import type { GpuDevice } from '../gpu/device.ts';
import { bind, type Compiled, compile } from '../gpu/pipeline.ts';
import type { Kernel } from '../kernels/kernel.ts';

/** What is written: any 32 bits, or whole numbers that a float and three times it hold exactly. */
export type FillKind = 'words' | 'floats';

const INVOCATIONS = 256;
const GROUPS_ACROSS = 4096;

/** The value of word `index` of a buffer filled with `seed` (the finalizer of MurmurHash3 by Appleby, in WGSL below as here). */
export function fillValue(kind: FillKind, seed: number, index: number): number {
  let hash = (index ^ seed) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash = (hash ^ (hash >>> 16)) >>> 0;
  return kind === 'words' ? hash : hash & 0xffff;
}

const HASH = `fn value(index: u32, seed: u32) -> u32 {
  var hash = index ^ seed;
  hash = (hash ^ (hash >> 16u)) * 0x85ebca6bu;
  hash = (hash ^ (hash >> 13u)) * 0xc2b2ae35u;
  return hash ^ (hash >> 16u);
}`;

const kernel = (name: string, code: string): Kernel => ({
  name,
  code,
  features: [],
  constants: {},
  workgroups: [1, 1, 1],
  bindings: [],
  flops: 0,
  ops: 0,
  bytes: 0,
});
const ENTRY = `@compute @workgroup_size(${INVOCATIONS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * ${GROUPS_ACROSS}u + group.x) * ${INVOCATIONS}u + lane;
  if (index >= arrayLength(&words)) { return; }`;

const fillKernel = (kind: FillKind): Kernel =>
  kernel(
    `fill with ${kind}`,
    `@group(0) @binding(0) var<storage, read_write> words: array<${kind === 'words' ? 'u32' : 'f32'}>;
@group(0) @binding(1) var<storage, read> seed: array<u32>;
${HASH}
${ENTRY}
  words[index] = ${kind === 'words' ? 'value(index, seed[0])' : 'f32(value(index, seed[0]) & 0xffffu)'};
}`,
  );

const checkKernel = kernel(
  'check the words',
  `@group(0) @binding(0) var<storage, read> words: array<u32>;
@group(0) @binding(1) var<storage, read> seed: array<u32>;
@group(0) @binding(2) var<storage, read_write> wrong: atomic<u32>;
${HASH}
${ENTRY}
  if (words[index] != value(index, seed[0])) { atomicAdd(&wrong, 1u); }
}`,
);

/** Fills buffers of whole words, and counts the words that are not what they were filled with. */
export interface Filler {
  fill(buffer: GPUBuffer, seed: number): void;
  /** For `words` alone. */
  countWrong(buffer: GPUBuffer, seed: number): Promise<number>;
}

export async function openFiller(gpu: GpuDevice, kind: FillKind): Promise<Filler> {
  const [filling, checking] = await Promise.all([compile(gpu, fillKernel(kind)), compile(gpu, checkKernel)]);

  function dispatch(compiled: Compiled, buffers: readonly GPUBuffer[], bytes: number): void {
    const groups = Math.ceil(bytes / 4 / INVOCATIONS);
    const encoder = gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(compiled.pipeline);
    pass.setBindGroup(0, bind(gpu, compiled, buffers));
    pass.dispatchWorkgroups(Math.min(groups, GROUPS_ACROSS), Math.ceil(groups / GROUPS_ACROSS));
    pass.end();
    gpu.device.queue.submit([encoder.finish()]);
  }
  return {
    fill(buffer, seed) {
      const seedBuffer = upload(gpu, Uint32Array.of(seed));
      dispatch(filling, [buffer, seedBuffer], buffer.size);
      seedBuffer.destroy();
    },
    async countWrong(buffer, seed) {
      const [seedBuffer, wrong] = [upload(gpu, Uint32Array.of(seed)), upload(gpu, Uint32Array.of(0))];
      dispatch(checking, [buffer, seedBuffer, wrong], buffer.size);
      const [count = 0] = new Uint32Array(await readBack(gpu, wrong));
      seedBuffer.destroy();
      wrong.destroy();
      return count;
    },
  };
}
