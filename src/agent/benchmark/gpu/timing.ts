import type { GpuDevice } from './device.ts';
import type { Compiled } from './pipeline.ts';

export type Workgroups = readonly [x: number, y: number, z: number];

/** How long one submit took: from submitting to hearing of its end, and by the device's own clock where it has one. */
export interface SubmitTime {
  readonly wallMs: number;
  readonly gpuMs: number | null;
}

/** A pair of timestamps, 8 bytes each, in nanoseconds. */
const TIMESTAMPS_BYTES = 16;
/** More dispatches than this are never needed for a submit of a tenth of a second, and their commands would cost memory. */
const MAX_REPEATS = 4096;

/** Runs the kernel `repeats` times in one submit and waits for its end. */
export async function timeSubmit(
  { device, features }: GpuDevice,
  { pipeline }: Compiled,
  bindGroup: GPUBindGroup,
  workgroups: Workgroups,
  repeats: number,
): Promise<SubmitTime> {
  using clock = features.has('timestamp-query') ? startClock(device) : null;
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass(clock === null ? {} : { timestampWrites: clock.writes });
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  for (let repeat = 0; repeat < repeats; repeat++) pass.dispatchWorkgroups(...workgroups);
  pass.end();
  clock?.resolve(encoder);
  const commands = encoder.finish();
  const startedMs = performance.now();
  device.queue.submit([commands]);
  await device.queue.onSubmittedWorkDone();
  const wallMs = performance.now() - startedMs;
  return { wallMs, gpuMs: clock === null ? null : await clock.readMs() };
}

interface GpuClock extends Disposable {
  readonly writes: GPUComputePassTimestampWrites;
  resolve(encoder: GPUCommandEncoder): void;
  /** Null where the two timestamps are not in order, which drivers that only pretend to have a clock return. */
  readMs(): Promise<number | null>;
}

function startClock(device: GPUDevice): GpuClock {
  const querySet = device.createQuerySet({ type: 'timestamp', count: 2 });
  const resolved = device.createBuffer({ size: TIMESTAMPS_BYTES, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
  const staging = device.createBuffer({ size: TIMESTAMPS_BYTES, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  return {
    writes: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
    resolve(encoder) {
      encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, TIMESTAMPS_BYTES);
    },
    async readMs() {
      await staging.mapAsync(GPUMapMode.READ);
      const [startNs = 0n, endNs = 0n] = new BigUint64Array(staging.getMappedRange());
      return endNs > startNs ? Number(endNs - startNs) / 1e6 : null;
    },
    [Symbol.dispose]() {
      querySet.destroy();
      resolved.destroy();
      staging.destroy();
    },
  };
}

/**
 * How many repeats make one submit last about `targetMs` (at least 1), found by doubling. Runs the kernel, so its first touches of memory and
 * the driver's own compilation are over afterwards.
 */
export async function calibrate(
  device: GpuDevice,
  compiled: Compiled,
  bindGroup: GPUBindGroup,
  workgroups: Workgroups,
  targetMs: number,
): Promise<number> {
  await timeSubmit(device, compiled, bindGroup, workgroups, 1);
  for (let repeats = 1; ; ) {
    const { wallMs } = await timeSubmit(device, compiled, bindGroup, workgroups, repeats);
    const wanted = Math.min(MAX_REPEATS, Math.max(1, Math.round((repeats * targetMs) / Math.max(wallMs, 0.05))));
    if (wallMs > targetMs / 3 || wanted <= repeats) return wanted;
    repeats = wanted;
  }
}
