import type { HardwareDevice } from '../../contract/model/device.ts';
import type { GpuSupport } from '../sandbox/gpu/gpu-support.ts';

/** As its owner sees it: a GPU that the sandbox gives to no job is not shared, whatever else is well with it. */
export function asShown(device: HardwareDevice, gpus: GpuSupport): HardwareDevice {
  if (gpus.kind !== 'refused' || device.kind !== 'gpu' || device.unshareable !== null) return device;
  return {
    ...device,
    unshareable: { detail: `Jobs cannot have it: ${gpus.reason}.`, fix: 'The check-up says how to change that: `npx nightshift doctor`' },
  };
}
