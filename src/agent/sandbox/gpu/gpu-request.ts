import type { DeviceRequest } from 'dockerode';
import type { GpuSupport } from './gpu-support.ts';

/** The GPUs of one job: one by its UUID, or, where a container sees them all, all of the machine. */
export type GpuGrant = { readonly kind: 'device'; readonly uuid: string } | { readonly kind: 'machine' };

/** Numbers change with each start of the machine, and MIG instances share a device with other jobs; a UUID names one whole GPU for ever. */
const GPU_UUID = /^GPU-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** CUDA and NVML; not `graphics`, `video`, `display` or `ngx`, each of which brings more of the driver into the container. */
const DRIVER_PARTS = ['compute', 'utility'];

/**
 * What the engine is asked for, and the variables that NVIDIA's hook and the job read, which say the same. Throws TypeError for what is no UUID,
 * and for a GPU that this machine cannot give alone, or at all.
 */
export function gpuRequest(
  gpu: GpuGrant | null,
  support: GpuSupport,
): { readonly devices: readonly DeviceRequest[]; readonly env: Readonly<Record<string, string>> } {
  // Said rather than left out: with an image made for CUDA the hook takes a missing variable for `all`.
  if (gpu === null) return { devices: [], env: { NVIDIA_VISIBLE_DEVICES: 'void' } };
  if (support.kind !== 'offered' || support.leasedBy !== gpu.kind) throw new TypeError(`a GPU by ${gpu.kind} cannot be given here`);
  if (gpu.kind === 'device' && !GPU_UUID.test(gpu.uuid)) throw new TypeError(`not the UUID of a GPU: ${JSON.stringify(gpu.uuid)}`);
  return {
    devices: [
      {
        Driver: 'nvidia',
        ...(gpu.kind === 'device' ? { DeviceIDs: [gpu.uuid] } : { Count: -1 }), // NVIDIA's toolkit knows only `all` on WSL2
        Capabilities: [DRIVER_PARTS],
        Options: {},
      },
    ],
    env: {
      NVIDIA_VISIBLE_DEVICES: gpu.kind === 'device' ? gpu.uuid : 'all',
      NVIDIA_DRIVER_CAPABILITIES: DRIVER_PARTS.join(','),
    },
  };
}
