import type { Kernel } from '../kernels/kernel.ts';
import type { GpuDevice } from './device.ts';

export interface Compiled {
  readonly kernel: Kernel;
  readonly pipeline: GPUComputePipeline;
}

/** Compiles a kernel for the device. Throws with the compiler's words where the device lacks a feature or refuses the shader. */
export async function compile({ device, features }: GpuDevice, kernel: Kernel): Promise<Compiled> {
  const lacking = kernel.features.filter((feature) => !features.has(feature));
  if (lacking.length > 0) throw new Error(`${kernel.name}: this device lacks ${lacking.join(' and ')}`);
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label: kernel.name, code: kernel.code });
  const compiling = device.createComputePipelineAsync({
    label: kernel.name,
    layout: 'auto',
    compute: { module, entryPoint: 'main', constants: kernel.constants },
  });
  const [created, refusal] = await Promise.allSettled([compiling, device.popErrorScope()]);
  if (refusal.status === 'fulfilled' && refusal.value !== null) throw new Error(`${kernel.name}: ${refusal.value.message}`);
  if (created.status === 'rejected') throw new Error(`${kernel.name}: ${String(created.reason)}`, { cause: created.reason });
  return { kernel, pipeline: created.value };
}

/** Binds one buffer to each binding of the kernel, in its order. */
export function bind({ device }: GpuDevice, { pipeline }: Compiled, buffers: readonly GPUBuffer[]): GPUBindGroup {
  return device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
}
