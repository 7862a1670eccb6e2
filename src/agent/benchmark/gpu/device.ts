import { create, globals } from 'webgpu';
import type { Abilities, SubgroupMatrixShape } from '../kernels/kernel.ts';

/** What Dawn says of the adapter. Texts are Dawn's own; empty where the driver gives none. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** A software device: it computes on the processor and is no GPU. */
  readonly isFallback: boolean;
  readonly backend: string | null;
}

export interface GpuDevice extends Abilities {
  /** Dawn's instance. A device does not keep it alive, so whoever holds the device holds this too. */
  readonly gpu: GPU;
  readonly device: GPUDevice;
  readonly info: AdapterInfo;
  readonly limits: GPUSupportedLimits;
  /** Settles once, when the driver gives up or the device is destroyed. */
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
}

/*
 * How Dawn is told to run our kernels, all of them of our own making and within the bounds of their buffers:
 * - allow_unsafe_apis: subgroup matrices and exact timestamps are experimental in Dawn.
 * - vulkan_enable_f16_on_nvidia: Dawn hides f16 there for conformance failures at its edges; every product we time is checked.
 * - disable_robustness, disable_workgroup_init: the checks that a browser adds to untrusted shaders. CUDA and ROCm, for which the figures
 *   stand, have none.
 * - timestamp_quantization, which rounds to 100 us, off.
 */
const TOGGLES = [
  'enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia,disable_robustness,disable_workgroup_init',
  'disable-dawn-features=timestamp_quantization',
];
/** Dawn's own choice where it is told none. */
const DEFAULT_BACKENDS: Readonly<Record<string, string>> = { linux: 'vulkan', win32: 'd3d12', darwin: 'metal' };
const WANTED_FEATURES = ['timestamp-query', 'shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix'] as const;
const WANTED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxStorageBuffersPerShaderStage',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** What the standard says of adapters that do not say. */
const SUBGROUP_SIZES = { min: 4, max: 128 } as const;

/** What this Dawn says beyond the types of the standard. */
interface DawnAdapterInfo extends GPUAdapterInfo {
  readonly subgroupMatrixConfigs?: Iterable<SubgroupMatrixConfig>;
}
interface SubgroupMatrixConfig {
  readonly componentType: SubgroupMatrixShape['componentType'];
  readonly resultComponentType: SubgroupMatrixShape['resultType'];
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/**
 * Opens the adapter whose name contains `adapterName` (else the fastest) with all the features that the kernels use where they are there.
 * Belongs in a child process: a driver that hangs or crashes takes its process along, and Dawn may never return from `destroy`. Once in a
 * process, because Dawn's constants become globals.
 * Throws where there is no such adapter; the message lists those there are.
 */
export async function openDevice(options: { readonly adapterName: string | null; readonly backend: string | null }): Promise<GpuDevice> {
  Object.assign(globalThis, globals);
  const backend = options.backend ?? DEFAULT_BACKENDS[process.platform] ?? null;
  const gpu = create([
    ...TOGGLES,
    ...(backend === null ? [] : [`backend=${backend}`]),
    ...(options.adapterName === null ? [] : [`adapter=${options.adapterName}`]),
  ]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new Error('Dawn finds no adapter here');
  const info: DawnAdapterInfo = adapter.info;
  const requiredFeatures = WANTED_FEATURES.filter((feature) => adapter.features.has(feature)) as GPUFeatureName[]; // Dawn's own are not among the standard's
  const device = await adapter.requestDevice({
    requiredFeatures,
    requiredLimits: Object.fromEntries(WANTED_LIMITS.map((limit) => [limit, adapter.limits[limit]])),
  });
  return {
    gpu,
    device,
    info: {
      vendor: info.vendor,
      architecture: info.architecture,
      device: info.device,
      description: info.description,
      isFallback: info.isFallbackAdapter,
      backend,
    },
    features: new Set(requiredFeatures),
    limits: device.limits,
    lost: device.lost.then(({ reason, message }) => ({ reason, message })),
    subgroupSizes: { min: info.subgroupMinSize ?? SUBGROUP_SIZES.min, max: info.subgroupMaxSize ?? SUBGROUP_SIZES.max },
    subgroupMatrices: [...(info.subgroupMatrixConfigs ?? [])].map(({ componentType, resultComponentType, M, N, K }) => ({
      componentType,
      resultType: resultComponentType,
      m: M,
      n: N,
      k: K,
    })),
  };
}
