import koffi from 'koffi';

/**
 * What we call of NVIDIA's management library, as in its nvml.h: handles as numbers, structures and results as memory, so that these
 * lines are C and koffi's language at once. The library's double in the tests is compiled against them.
 */
export const NVML_SIGNATURES = {
  nvmlInit_v2: 'int nvmlInit_v2()',
  nvmlShutdown: 'int nvmlShutdown()',
  nvmlDeviceGetCount_v2: 'int nvmlDeviceGetCount_v2(void *count)',
  nvmlDeviceGetHandleByIndex_v2: 'int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void *device)',
  nvmlDeviceGetUUID: 'int nvmlDeviceGetUUID(uintptr_t device, void *uuid, unsigned int length)',
  nvmlDeviceGetName: 'int nvmlDeviceGetName(uintptr_t device, void *name, unsigned int length)',
  nvmlDeviceGetTemperature: 'int nvmlDeviceGetTemperature(uintptr_t device, unsigned int sensor, void *celsius)',
  nvmlDeviceGetTemperatureThreshold: 'int nvmlDeviceGetTemperatureThreshold(uintptr_t device, unsigned int threshold, void *celsius)',
  nvmlDeviceGetPowerUsage: 'int nvmlDeviceGetPowerUsage(uintptr_t device, void *milliwatts)',
  nvmlDeviceGetProcessUtilization:
    'int nvmlDeviceGetProcessUtilization(uintptr_t device, void *samples, void *count, unsigned long long lastSeenTimeStamp)',
  nvmlDeviceGetComputeRunningProcesses_v3: 'int nvmlDeviceGetComputeRunningProcesses_v3(uintptr_t device, void *count, void *infos)',
  nvmlDeviceGetGraphicsRunningProcesses_v3: 'int nvmlDeviceGetGraphicsRunningProcesses_v3(uintptr_t device, void *count, void *infos)',
  nvmlDeviceGetMPSComputeRunningProcesses_v3: 'int nvmlDeviceGetMPSComputeRunningProcesses_v3(uintptr_t device, void *count, void *infos)',
} as const;

/** nvmlReturn_t */
export const NVML = {
  success: 0,
  notSupported: 3,
  noPermission: 4,
  notFound: 6,
  insufficientSize: 7,
  driverNotLoaded: 9,
  gpuIsLost: 15,
  resetRequired: 16,
  versionMismatch: 18,
} as const;

/** A process that has memory of a GPU (nvmlProcessInfo_v2_t). */
export interface NvmlProcess {
  readonly pid: number;
  /** Null where the driver does not say. */
  readonly vramBytes: number | null;
}

/** How much of a GPU a process used in a short while (nvmlProcessUtilizationSample_t). */
export interface NvmlSample {
  readonly pid: number;
  readonly timeStampMicros: bigint;
  /** The busiest of its processors, encoder and decoder, 0 to 1. */
  readonly busyShare: number;
}

/** What the library gave, or the number of its refusal. */
export type NvmlAnswer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: number };

export type NvmlDevice = bigint;

export interface NvmlLibrary {
  /** May take seconds where no other program keeps the driver loaded, so it blocks nobody. */
  init(): Promise<number>;
  shutdown(): void;
  count(): NvmlAnswer<number>;
  deviceAt(index: number): NvmlAnswer<NvmlDevice>;
  uuid(device: NvmlDevice): NvmlAnswer<string>;
  name(device: NvmlDevice): NvmlAnswer<string>;
  celsius(device: NvmlDevice): NvmlAnswer<number>;
  /** Where the GPU begins to slow itself down. */
  slowdownC(device: NvmlDevice): NvmlAnswer<number>;
  milliwatts(device: NvmlDevice): NvmlAnswer<number>;
  processes(kind: 'compute' | 'graphics' | 'mps', device: NvmlDevice): NvmlAnswer<readonly NvmlProcess[]>;
  /** Samples after this moment; none where nothing used the GPU. */
  samples(device: NvmlDevice, after: bigint): NvmlAnswer<readonly NvmlSample[]>;
}

// nvml.h
const NVML_TEMPERATURE_GPU = 0;
const NVML_TEMPERATURE_THRESHOLD_SLOWDOWN = 1;
const UUID_BYTES = 96;
const NAME_BYTES = 96;
const PROCESS_BYTES = 24;
const SAMPLE_BYTES = 32;
const NVML_VALUE_NOT_AVAILABLE = 0xffff_ffff_ffff_ffffn;
/** Room for so many entries at first; the library says how many it needs. */
const ENTRIES = 128;

/** Null where the library is not installed, or too old (before driver 450). */
export function loadNvml(path: string): NvmlLibrary | null {
  try {
    return bind(koffi.load(path));
  } catch {
    return null; // koffi throws for a missing library or function alike
  }
}

function bind(library: ReturnType<typeof koffi.load>): NvmlLibrary {
  const bound = (name: keyof typeof NVML_SIGNATURES) => library.func(NVML_SIGNATURES[name]);
  /** Before driver 510 the same structures were version 2. */
  const listing = (name: keyof typeof NVML_SIGNATURES & `${string}_v3`) => {
    try {
      return bound(name);
    } catch {
      return library.func(NVML_SIGNATURES[name].replace('_v3', '_v2'));
    }
  };
  const init = bound('nvmlInit_v2');
  const shutdown = bound('nvmlShutdown');
  const getCount = bound('nvmlDeviceGetCount_v2');
  const getHandle = bound('nvmlDeviceGetHandleByIndex_v2');
  const getUuid = bound('nvmlDeviceGetUUID');
  const getName = bound('nvmlDeviceGetName');
  const getTemperature = bound('nvmlDeviceGetTemperature');
  const getThreshold = bound('nvmlDeviceGetTemperatureThreshold');
  const getPower = bound('nvmlDeviceGetPowerUsage');
  const getSamples = bound('nvmlDeviceGetProcessUtilization');
  const lists = {
    compute: listing('nvmlDeviceGetComputeRunningProcesses_v3'),
    graphics: listing('nvmlDeviceGetGraphicsRunningProcesses_v3'),
    mps: listing('nvmlDeviceGetMPSComputeRunningProcesses_v3'),
  };
  const word = Buffer.alloc(8);
  const text = Buffer.alloc(Math.max(UUID_BYTES, NAME_BYTES));
  let entries = Buffer.alloc(ENTRIES * SAMPLE_BYTES);

  const answer = <T>(code: number, value: () => T): NvmlAnswer<T> =>
    code === NVML.success ? { ok: true, value: value() } : { ok: false, code };
  const number = (code: number) => answer(code, () => word.readUInt32LE(0));
  const string = (code: number) => answer(code, () => text.toString('utf8', 0, text.indexOf(0)));

  function list<T>(bytesEach: number, ask: () => number, parse: (at: number) => T): NvmlAnswer<readonly T[]> {
    const attempt = (): number => {
      word.writeUInt32LE(Math.floor(entries.length / bytesEach), 0);
      return ask();
    };
    let code = attempt();
    if (code === NVML.insufficientSize) {
      entries = Buffer.alloc((word.readUInt32LE(0) + ENTRIES) * SAMPLE_BYTES);
      code = attempt();
    }
    return answer(code, () => Array.from({ length: word.readUInt32LE(0) }, (_, index) => parse(index * bytesEach)));
  }

  return {
    init: () =>
      new Promise((resolve, reject) => {
        init.async((error: unknown, code: number) => (error === null || error === undefined ? resolve(code) : reject(error)));
      }),
    shutdown: () => shutdown(),
    count: () => number(getCount(word)),
    deviceAt: (index) => answer(getHandle(index, word), () => word.readBigUInt64LE(0)),
    uuid: (device) => string(getUuid(device, text, UUID_BYTES)),
    name: (device) => string(getName(device, text, NAME_BYTES)),
    celsius: (device) => number(getTemperature(device, NVML_TEMPERATURE_GPU, word)),
    slowdownC: (device) => number(getThreshold(device, NVML_TEMPERATURE_THRESHOLD_SLOWDOWN, word)),
    milliwatts: (device) => number(getPower(device, word)),
    processes: (kind, device) =>
      list(
        PROCESS_BYTES,
        () => lists[kind](device, word, entries),
        (at) => {
          const vram = entries.readBigUInt64LE(at + 8);
          return { pid: entries.readUInt32LE(at), vramBytes: vram === NVML_VALUE_NOT_AVAILABLE ? null : Number(vram) };
        },
      ),
    samples: (device, after) => {
      const found = list(
        SAMPLE_BYTES,
        () => getSamples(device, entries, word, after),
        (at) => ({
          pid: entries.readUInt32LE(at),
          timeStampMicros: entries.readBigUInt64LE(at + 8),
          busyShare: Math.max(entries.readUInt32LE(at + 16), entries.readUInt32LE(at + 24), entries.readUInt32LE(at + 28)) / 100,
        }),
      );
      return !found.ok && found.code === NVML.notFound ? { ok: true, value: [] } : found;
    },
  };
}
