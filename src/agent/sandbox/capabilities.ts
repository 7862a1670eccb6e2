import * as z from 'zod';
import type { EngineState } from '../../contract/worker-api.ts';
import { type GpuHost, type GpuSupport, gpuGaps, judgeGpus } from './gpu/gpu-support.ts';

/** Docker 20.10, the first with private cgroup namespaces in its API. */
const MIN_API_VERSION = 1.41;

/** What the engine says of itself, as far as we read it (GET /version and GET /info). Podman leaves some of it out. */
export const engineAnswer = z.object({
  version: z.object({
    Version: z.string(),
    ApiVersion: z.string(),
    Os: z.string(),
    Arch: z.string(),
    Platform: z.object({ Name: z.string() }).optional(),
  }),
  info: z.object({
    NCPU: z.int().positive(),
    OSType: z.string(),
    KernelVersion: z.string(),
    CgroupVersion: z.string().optional(),
    MemoryLimit: z.boolean(),
    SwapLimit: z.boolean(),
    PidsLimit: z.boolean().default(false),
    CpuCfsQuota: z.boolean(),
    SecurityOptions: z.array(z.string()).nullable().default([]),
    Runtimes: z.record(z.string(), z.unknown()).nullable().default({}),
  }),
});
export type EngineAnswer = z.infer<typeof engineAnswer>;

/** What this host lets us do besides the engine's API. */
export interface HostAnswer {
  readonly kernelVersion: string;
  /** Why disks of a fixed size cannot be made here, or null where they can. */
  readonly noLoopDisks: string | null;
  /** Hard limits of the engine's own process by ulimit name; a job's may not exceed them. Empty where unknown. */
  readonly ulimitCeilings: ReadonlyMap<string, number>;
  /** Null where it has no NVIDIA GPU. */
  readonly gpus: GpuHost | null;
}

export interface EngineCapabilities {
  readonly os: string;
  readonly architecture: string;
  readonly cpuCount: number;
  readonly runtime: string | null;
  readonly loopDisks: boolean;
  readonly ulimitCeilings: ReadonlyMap<string, number>;
  readonly gpus: GpuSupport;
}

/** `kernel`: release of the kernel that containers run on; null, as the capabilities, where there is no engine to use. */
export type EngineProbe = { readonly state: EngineState; readonly capabilities: EngineCapabilities | null; readonly kernel: string | null };

/** Judges what the engine and the host said: what it can do, and in plain words what it does not enforce. */
export function judgeEngine({ version, info }: EngineAnswer, host: HostAnswer): EngineProbe {
  if (info.OSType !== 'linux') {
    return unusable(
      `The container engine runs ${info.OSType} containers only.`,
      "Choose 'Switch to Linux containers' in Docker Desktop's menu.",
    );
  }
  if (Number(version.ApiVersion) < MIN_API_VERSION) {
    return unusable(`The container engine ${version.Version} is too old.`, 'Update it to Docker 20.10 or newer.');
  }
  const options = info.SecurityOptions ?? [];
  const rootlessV1 = options.some((option) => option.includes('name=rootless')) && info.CgroupVersion === '1';
  const isEngineHere = info.KernelVersion === host.kernelVersion;
  const noLoopDisks = isEngineHere ? host.noLoopDisks : 'the engine runs in another machine';
  const gpus = judgeGpus(host.gpus, isEngineHere);
  const missing = [
    ...(info.MemoryLimit && !rootlessV1 ? [] : ['Memory limits are not enforced: the engine may not use memory control groups.']),
    ...(info.SwapLimit || !info.MemoryLimit ? [] : ['Swap use is not limited: the kernel does not account for swap.']),
    ...(info.CpuCfsQuota && !rootlessV1 ? [] : ['CPU limits are not enforced: the engine may not use CPU quotas.']),
    ...(info.PidsLimit && !rootlessV1 ? [] : ['The number of processes is not limited: the engine may not use the pids control group.']),
    ...(options.some((option) => option.startsWith('name=seccomp')) ? [] : ['System calls are not filtered: the engine has no seccomp.']),
    ...(noLoopDisks === null ? [] : [`Disk limits are not enforced: ${noLoopDisks}.`]),
    ...gpuGaps(gpus),
  ];
  return {
    state: {
      kind: 'ready',
      name: version.Platform?.Name.trim() || 'Docker Engine',
      version: version.Version,
      apiVersion: version.ApiVersion,
      missing,
    },
    capabilities: {
      os: version.Os,
      architecture: version.Arch,
      cpuCount: info.NCPU,
      runtime: info.Runtimes?.runc === undefined ? null : 'runc',
      loopDisks: noLoopDisks === null,
      ulimitCeilings: host.ulimitCeilings,
      gpus,
    },
    kernel: info.KernelVersion,
  };
}

export function unusable(detail: string, fix: string): EngineProbe {
  return { state: { kind: 'missing', detail, fix }, capabilities: null, kernel: null };
}

const ULIMIT_ROWS: ReadonlyMap<string, string> = new Map([
  ['Max core file size', 'core'],
  ['Max open files', 'nofile'],
  ['Max locked memory', 'memlock'],
  ['Max msgqueue size', 'msgqueue'],
  ['Max pending signals', 'sigpending'],
]);

/** Reads the hard limits out of a /proc/<pid>/limits text, those we set for jobs; `unlimited` ones are left out. */
export function parseHardLimits(text: string): ReadonlyMap<string, number> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [row = '', , hard = ''] = line.split(/\s{2,}/);
      const name = ULIMIT_ROWS.get(row);
      return name !== undefined && /^\d+$/.test(hard) ? [[name, Number(hard)] as const] : [];
    }),
  );
}
