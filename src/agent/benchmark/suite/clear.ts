import type { GpuDevice } from '../gpu/device.ts';

/** Zeroes a buffer, or a part of it in bytes, so that nothing of an earlier launch can pass for the result of the next. */
export function clear({ device }: GpuDevice, buffer: GPUBuffer, offsetBytes = 0, sizeBytes = buffer.size - offsetBytes): void {
  const encoder = device.createCommandEncoder();
  encoder.clearBuffer(buffer, offsetBytes, sizeBytes);
  device.queue.submit([encoder.finish()]);
}
