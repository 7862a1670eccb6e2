import type { NvmlConnection } from '../../hardware/nvml/nvml-connection.ts';
import type { Sensor, SensorContext } from '../signals.ts';

export interface SensorsDeps extends SensorContext {
  readonly wallMs: () => number;
  /** The programs that the owner named, as the owner wrote them. */
  readonly namedPrograms: () => readonly string[];
  /** Folders of the control groups of our jobs. */
  readonly jobCgroups: () => readonly string[];
  /** Processor time of our jobs so far, ms, where control groups cannot be read. */
  readonly jobsCpuMs: () => number;
  /** A job of ours that uses a GPU runs now, frozen or not. */
  readonly gpuJobRuns: () => boolean;
  /** Null but on Linux. */
  readonly nvml: NvmlConnection | null;
}

export interface OpenedSensors {
  readonly sensors: readonly Sensor[];
  /** Our work stands still: a machine that is about to sleep need not wait for it. */
  readonly settled: () => void;
}

/** Opens every sensor that applies to this machine. Nothing of another platform is loaded. */
export async function openSensors(deps: SensorsDeps): Promise<OpenedSensors> {
  const ownPids = new Set([process.pid]);
  const native = {
    namedPrograms: deps.namedPrograms,
    ourCpuMs: () => deps.jobsCpuMs() + ownCpuMicros() / 1_000,
    ownPids: () => ownPids,
    gpuJobRuns: deps.gpuJobRuns,
  };
  const settled = (): void => undefined; // no other platform lets a program delay sleep
  switch (process.platform) {
    case 'linux':
      return (await import('./linux/linux.ts')).openLinuxSensors(deps);
    case 'win32':
      return { sensors: await (await import('./windows/windows.ts')).openWindowsSensors(deps, native), settled };
    case 'darwin':
      return { sensors: await (await import('./macos/macos.ts')).openMacSensors(deps, native), settled };
    default:
      return { sensors: [], settled }; // no input sensor: unknown, and therefore no work by itself
  }
}

export function ownCpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
