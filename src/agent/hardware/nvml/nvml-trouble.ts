import { NVML } from './nvml-calls.ts';

export const SOURCE = 'NVML';

/** Why nothing can be read of any NVIDIA GPU. */
export interface NvmlTrouble {
  readonly kind: 'unknown';
  readonly source: string;
  readonly detail: string;
  readonly fix: string | null;
  /** With which code the GPU is gone, the only one or the last; null: that is not it. */
  readonly lossCode: number | null;
}
/** The GPU itself is gone, whatever the driver does. */
export function isLoss(code: number): boolean {
  return code === NVML.gpuIsLost || code === NVML.resetRequired;
}

export function trouble(detail: string, fix: string | null, lossCode: number | null = null): NvmlTrouble {
  return { kind: 'unknown', source: SOURCE, detail, fix, lossCode };
}

/** What the code of a refusal means to an owner. */
export function refusal(code: number): NvmlTrouble {
  switch (code) {
    case NVML.driverNotLoaded:
      return trouble("NVIDIA's driver is not loaded.", 'Run `sudo modprobe nvidia`, or install the driver that fits the running kernel.');
    case NVML.versionMismatch:
      return trouble("NVIDIA's driver was updated while the old one still runs.", 'Restart the machine.');
    case NVML.gpuIsLost:
    case NVML.resetRequired:
      return trouble(
        'An NVIDIA GPU no longer answers.',
        'Restart the machine. If it happens again, check the power cables and the cooling of the GPU.',
        code,
      );
    case NVML.insufficientPower:
      return trouble(
        'An NVIDIA GPU gets no power by its own cables.',
        'Shut the machine down, plug in all power cables of each GPU, and start again.',
      );
    case NVML.noPermission:
      return trouble(
        'Nightshift may not see who uses the NVIDIA GPU.',
        'Run Nightshift as a user who may use /dev/nvidia*, outside of a container.',
      );
    default:
      return trouble(`NVIDIA's driver refuses to answer (code ${code}).`, 'Run `nvidia-smi`. If it fails too, restart the machine.');
  }
}
