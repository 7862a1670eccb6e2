import { createBuffer } from '../gpu/buffers.ts';
import type { GpuDevice } from '../gpu/device.ts';
import { bind } from '../gpu/pipeline.ts';
import { calibrate } from '../gpu/timing.ts';
import { median } from '../statistics.ts';
import type { Bench } from './bench.ts';
import { compileChoice, destroyProduct, type GemmChoice, makeProduct, measuredSize, typed, wrongProduct } from './gemm.ts';
import { checkProduct } from './matrices.ts';

/** Beginning and end are this part of the run. */
const EDGE = 0.25;
/** Two submits are in the queue at a time, so that the device never waits for the check. */
const SLOTS = 2;
/** As the contract has it. */
const MOST = 1.5;

/**
 * Speed at the end of a run without pause against its beginning: what the cooler can keep up. One product after the other, each read back and
 * checked while the next is computed.
 */
export async function measureSustained(bench: Bench, choice: GemmChoice, budgetMs: number): Promise<number | null> {
  const { gpu } = bench;
  const endMs = performance.now() + budgetMs;
  const n = measuredSize(bench, choice);
  const compiled = await compileChoice(bench, choice, n);
  if (compiled === null) return null;
  const product = makeProduct(bench, choice.type, n);
  const slots = Array.from({ length: SLOTS }, () => openSlot(gpu, 4 * n * n));
  const groups = slots.map(({ result }) => bind(gpu, compiled, [product.a, product.b, result]));
  try {
    const [first] = groups;
    if (first === undefined) return null;
    const repeats = await calibrate(gpu, compiled, first, compiled.kernel.workgroups, bench.limits.submitMs);
    const submit = (at: number): Promise<void> => {
      const [slot, group] = [slots[at % SLOTS], groups[at % SLOTS]];
      if (slot === undefined || group === undefined) throw new Error('unreachable: as many groups as slots');
      const encoder = gpu.device.createCommandEncoder();
      encoder.clearBuffer(slot.result);
      const pass = encoder.beginComputePass();
      pass.setPipeline(compiled.pipeline);
      pass.setBindGroup(0, group);
      for (let repeat = 0; repeat < repeats; repeat++) pass.dispatchWorkgroups(...compiled.kernel.workgroups);
      pass.end();
      encoder.copyBufferToBuffer(slot.result, 0, slot.staging, 0, slot.staging.size);
      gpu.device.queue.submit([encoder.finish()]);
      return slot.staging.mapAsync(GPUMapMode.READ);
    };

    const ends: number[] = [];
    let running = submit(0);
    for (let at = 0; performance.now() < endMs; at++) {
      const next = submit(at + 1);
      await running;
      ends.push(performance.now());
      const staging = slots[at % SLOTS]?.staging;
      const wrong = staging === undefined ? null : checkProduct(product.expectation, typed(choice.type, staging.getMappedRange()));
      staging?.unmap();
      if (wrong !== null) throw wrongProduct(compiled.kernel.name, wrong, n);
      bench.say(
        'sustained',
        Math.min(1, 1 - (endMs - performance.now()) / budgetMs),
        `${ends.length} rounds of ${choice.type} products, all right`,
      );
      running = next;
    }
    await running;
    return shareKept(ends);
  } finally {
    destroyProduct(product);
    for (const { result, staging } of slots) {
      result.destroy();
      staging.destroy();
    }
  }
}

interface Slot {
  readonly result: GPUBuffer;
  readonly staging: GPUBuffer;
}

const openSlot = (gpu: GpuDevice, sizeBytes: number): Slot => ({
  result: createBuffer(gpu, sizeBytes),
  staging: gpu.device.createBuffer({ size: sizeBytes, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST }),
});

/** From the times at which equal pieces of work ended: pace of the last part of the run against the first. Null where there are too few. */
export function shareKept(endsMs: readonly number[]): number | null {
  const tookMs = endsMs.slice(1).map((endMs, index) => endMs - (endsMs[index] ?? endMs));
  const edge = Math.floor(tookMs.length * EDGE);
  return edge < 1 ? null : Math.min(MOST, median(tookMs.slice(0, edge)) / median(tookMs.slice(-edge)));
}
