import type { GpuDevice } from '../gpu/device.ts';

/** Zeroes a buffer, so that nothing of an earlier launch can pass for the result of the next. */
export function clear({ device }: GpuDevice, buffer: GPUBuffer): void {
  const encoder = device.createCommandEncoder();
  encoder.clearBuffer(buffer);
  device.queue.submit([encoder.finish()]);
}
