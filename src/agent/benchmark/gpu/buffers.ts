import type { GpuDevice } from './device.ts';

/** A storage buffer that kernels read and write and that can be copied from and to. Its memory counts as zero until written. */
export const createBuffer = ({ device }: GpuDevice, sizeBytes: number): GPUBuffer =>
  device.createBuffer({ size: sizeBytes, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST });

/** A storage buffer with these contents. Written while mapped at creation: `writeBuffer` was six times slower on an H200. */
export function upload({ device }: GpuDevice, data: ArrayBufferView): GPUBuffer {
  const size = Math.ceil(data.byteLength / 4) * 4;
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer({ size, usage, mappedAtCreation: true });
  new Uint8Array(buffer.getMappedRange()).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  buffer.unmap();
  return buffer;
}

/** A copy of part of a buffer; offset and size in bytes, multiples of 4. Waits for all that was submitted before. */
export async function readBack(
  { device }: GpuDevice,
  buffer: GPUBuffer,
  offsetBytes = 0,
  sizeBytes = buffer.size - offsetBytes,
): Promise<ArrayBuffer> {
  const staging = device.createBuffer({ size: sizeBytes, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  try {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, offsetBytes, staging, 0, sizeBytes);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    return staging.getMappedRange().slice(0);
  } finally {
    staging.destroy();
  }
}
