import { FIELD, type Layout, MEMORY, MEMORY_V2, PCI, PROCESS, SAMPLE, UTILISATION } from './nvml-layouts.ts';

/**
 * What we call of NVIDIA's management library, in one table: the binding (nvml-library.ts), the library that plays recordings in tests
 * (testing/nvml-player.ts) and the recorder (build/record-hardware.ts) are made from it. After nvml.h, 13.3: handles as numbers,
 * structures and results as memory, so that a prototype is C and koffi's language at once.
 */
export interface NvmlCall {
  readonly prototype: string;
  /** What is written to the pointers among the parameters. */
  readonly out: Readonly<Record<string, NvmlOutput>>;
  /** Older drivers, or newer ones, have no such function: then it is refused and not missing. */
  readonly optional?: true;
  /** What we ask for, where numbers select among the answers. */
  readonly asks?: readonly (readonly number[])[];
}

export type NvmlOutput =
  | { readonly kind: 'number'; readonly bytes: 4 | 8 }
  /** Ends with 0; `room` is the parameter that says how much fits. */
  | { readonly kind: 'text'; readonly room: string }
  | { readonly kind: 'structure'; readonly layout: Layout }
  /** As many structures as the parameter `times` says. */
  | { readonly kind: 'row'; readonly layout: Layout; readonly times: string }
  /**
   * As many structures as there are; `count` points to how many fit, then to how many there are. With `after`, only those whose field
   * `by` is above that parameter, and "not found" instead of none.
   */
  | {
      readonly kind: 'list';
      readonly layout: Layout;
      readonly count: string;
      readonly after?: { readonly parameter: string; readonly by: string };
    };

const number4: NvmlOutput = { kind: 'number', bytes: 4 };
const number8: NvmlOutput = { kind: 'number', bytes: 8 };

// Of the enumerations of nvml.h.
export const TEMPERATURE_GPU = 0;
export const THRESHOLD_SLOWDOWN = 1;
export const CLOCKS = { graphics: 0, memory: 2 } as const;
export const ERROR_UNCORRECTED = 1;
export const COUNTER_VOLATILE = 0;

const ofDevice = (name: string, more: string): string => `int ${name}(uintptr_t device, ${more})`;
const lists = (name: string): NvmlCall => ({
  prototype: ofDevice(name, 'void *count, void *infos'),
  out: { infos: { kind: 'list', layout: PROCESS, count: 'count' } },
});
const figure = (name: string): NvmlCall => ({ prototype: ofDevice(name, 'void *value'), out: { value: number4 }, optional: true });

export const NVML_CALLS = {
  nvmlInit_v2: { prototype: 'int nvmlInit_v2()', out: {} },
  nvmlShutdown: { prototype: 'int nvmlShutdown()', out: {} },
  nvmlSystemGetDriverVersion: {
    prototype: 'int nvmlSystemGetDriverVersion(void *version, unsigned int length)',
    out: { version: { kind: 'text', room: 'length' } },
    optional: true,
  },
  nvmlDeviceGetCount_v2: { prototype: 'int nvmlDeviceGetCount_v2(void *count)', out: { count: number4 } },
  nvmlDeviceGetHandleByIndex_v2: {
    prototype: 'int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void *device)',
    out: { device: number8 },
  },
  nvmlDeviceGetUUID: {
    prototype: ofDevice('nvmlDeviceGetUUID', 'void *uuid, unsigned int length'),
    out: { uuid: { kind: 'text', room: 'length' } },
  },
  nvmlDeviceGetName: {
    prototype: ofDevice('nvmlDeviceGetName', 'void *name, unsigned int length'),
    out: { name: { kind: 'text', room: 'length' } },
  },
  nvmlDeviceGetPciInfo_v3: {
    prototype: ofDevice('nvmlDeviceGetPciInfo_v3', 'void *pci'),
    out: { pci: { kind: 'structure', layout: PCI } },
    optional: true,
  },
  nvmlDeviceGetTemperature: {
    prototype: ofDevice('nvmlDeviceGetTemperature', 'unsigned int sensor, void *celsius'),
    out: { celsius: number4 },
    asks: [[TEMPERATURE_GPU]],
  },
  nvmlDeviceGetTemperatureThreshold: {
    prototype: ofDevice('nvmlDeviceGetTemperatureThreshold', 'unsigned int threshold, void *celsius'),
    out: { celsius: number4 },
    asks: [[THRESHOLD_SLOWDOWN]],
  },
  nvmlDeviceGetPowerUsage: { prototype: ofDevice('nvmlDeviceGetPowerUsage', 'void *milliwatts'), out: { milliwatts: number4 } },
  nvmlDeviceGetEnforcedPowerLimit: figure('nvmlDeviceGetEnforcedPowerLimit'),
  nvmlDeviceGetPowerManagementDefaultLimit: figure('nvmlDeviceGetPowerManagementDefaultLimit'),
  nvmlDeviceGetMemoryInfo: {
    prototype: ofDevice('nvmlDeviceGetMemoryInfo', 'void *memory'),
    out: { memory: { kind: 'structure', layout: MEMORY } },
    optional: true,
  },
  nvmlDeviceGetMemoryInfo_v2: {
    prototype: ofDevice('nvmlDeviceGetMemoryInfo_v2', 'void *memory'),
    out: { memory: { kind: 'structure', layout: MEMORY_V2 } },
    optional: true,
  },
  nvmlDeviceGetUtilizationRates: {
    prototype: ofDevice('nvmlDeviceGetUtilizationRates', 'void *utilisation'),
    out: { utilisation: { kind: 'structure', layout: UTILISATION } },
    optional: true,
  },
  nvmlDeviceGetClockInfo: {
    prototype: ofDevice('nvmlDeviceGetClockInfo', 'unsigned int type, void *megahertz'),
    out: { megahertz: number4 },
    optional: true,
    asks: [[CLOCKS.graphics], [CLOCKS.memory]],
  },
  nvmlDeviceGetCurrentClocksEventReasons: {
    prototype: ofDevice('nvmlDeviceGetCurrentClocksEventReasons', 'void *reasons'),
    out: { reasons: number8 },
    optional: true,
  },
  nvmlDeviceGetCurrentClocksThrottleReasons: {
    prototype: ofDevice('nvmlDeviceGetCurrentClocksThrottleReasons', 'void *reasons'),
    out: { reasons: number8 },
    optional: true,
  },
  nvmlDeviceGetCurrPcieLinkGeneration: figure('nvmlDeviceGetCurrPcieLinkGeneration'),
  nvmlDeviceGetCurrPcieLinkWidth: figure('nvmlDeviceGetCurrPcieLinkWidth'),
  nvmlDeviceGetMaxPcieLinkGeneration: figure('nvmlDeviceGetMaxPcieLinkGeneration'),
  nvmlDeviceGetGpuMaxPcieLinkGeneration: figure('nvmlDeviceGetGpuMaxPcieLinkGeneration'),
  nvmlDeviceGetMaxPcieLinkWidth: figure('nvmlDeviceGetMaxPcieLinkWidth'),
  nvmlDeviceGetFanSpeed: figure('nvmlDeviceGetFanSpeed'),
  nvmlDeviceGetTotalEccErrors: {
    prototype: ofDevice('nvmlDeviceGetTotalEccErrors', 'unsigned int errorType, unsigned int counterType, void *errors'),
    out: { errors: number8 },
    optional: true,
    asks: [[ERROR_UNCORRECTED, COUNTER_VOLATILE]],
  },
  nvmlDeviceGetMigMode: {
    prototype: ofDevice('nvmlDeviceGetMigMode', 'void *current, void *pending'),
    out: { current: number4, pending: number4 },
    optional: true,
  },
  nvmlDeviceGetFieldValues: {
    prototype: ofDevice('nvmlDeviceGetFieldValues', 'int count, void *values'),
    out: { values: { kind: 'row', layout: FIELD, times: 'count' } },
    optional: true,
  },
  nvmlDeviceGetProcessUtilization: {
    prototype: ofDevice('nvmlDeviceGetProcessUtilization', 'void *samples, void *count, unsigned long long lastSeenTimeStamp'),
    out: { samples: { kind: 'list', layout: SAMPLE, count: 'count', after: { parameter: 'lastSeenTimeStamp', by: 'stamp' } } },
  },
  nvmlDeviceGetComputeRunningProcesses_v3: lists('nvmlDeviceGetComputeRunningProcesses_v3'),
  nvmlDeviceGetGraphicsRunningProcesses_v3: lists('nvmlDeviceGetGraphicsRunningProcesses_v3'),
  nvmlDeviceGetMPSComputeRunningProcesses_v3: lists('nvmlDeviceGetMPSComputeRunningProcesses_v3'),
} as const satisfies Readonly<Record<string, NvmlCall>>;
export type NvmlFunction = keyof typeof NVML_CALLS;

/** nvmlReturn_t */
export const NVML = {
  success: 0,
  uninitialised: 1,
  notSupported: 3,
  noPermission: 4,
  notFound: 6,
  insufficientSize: 7,
  insufficientPower: 8,
  driverNotLoaded: 9,
  functionNotFound: 13,
  gpuIsLost: 15,
  resetRequired: 16,
  versionMismatch: 18,
} as const;

export interface NvmlParameter {
  readonly type: string;
  readonly name: string;
}

/** The parameters of a prototype, in order. */
export function parametersOf(call: NvmlCall): readonly NvmlParameter[] {
  const inside = call.prototype.slice(call.prototype.indexOf('(') + 1, -1);
  if (inside === '') return [];
  return inside.split(', ').map((parameter) => {
    const [, type = '', name = ''] = /^(.*[ *])(\w+)$/.exec(parameter) ?? [];
    return { type: type.trim(), name };
  });
}

/** The parameters that select what is asked for (which sensor, which clock), by whose values answers differ. */
export function selectorsOf(call: NvmlCall): readonly string[] {
  const rooms = Object.values(call.out).flatMap((output) => (output.kind === 'text' ? [output.room] : []));
  return parametersOf(call)
    .filter(({ type, name }) => type === 'unsigned int' && !rooms.includes(name))
    .map(({ name }) => name);
}
