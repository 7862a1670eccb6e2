import koffi, { type LibraryHandle } from 'koffi';
import {
  CLOCKS,
  COUNTER_VOLATILE,
  ERROR_UNCORRECTED,
  NVML,
  NVML_CALLS,
  type NvmlFunction,
  TEMPERATURE_GPU,
  THRESHOLD_SLOWDOWN,
} from './nvml-calls.ts';
import { FIELD, type Layout, MEMORY, MEMORY_V2, PCI, PROCESS, preset, SAMPLE, UTILISATION } from './nvml-layouts.ts';

/** A process that has memory of a GPU. */
export interface NvmlProcess {
  readonly pid: number;
  /** Null where the driver does not say. */
  readonly vramBytes: number | null;
}

/** How much of a GPU a process used in a short while. */
export interface NvmlSample {
  readonly pid: number;
  readonly timeStampMicros: bigint;
  /** The busiest of its processors, encoder and decoder, 0 to 1. */
  readonly busyShare: number;
}

/** What the library gave, or the number of its refusal. */
export type NvmlAnswer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: number };

export type NvmlDevice = bigint;

/** Whole numbers that one function gives of a device: limits in milliwatts, fan in percent of its full speed. */
export type NvmlFigure =
  | 'nvmlDeviceGetEnforcedPowerLimit'
  | 'nvmlDeviceGetPowerManagementDefaultLimit'
  | 'nvmlDeviceGetCurrPcieLinkGeneration'
  | 'nvmlDeviceGetCurrPcieLinkWidth'
  | 'nvmlDeviceGetMaxPcieLinkGeneration'
  | 'nvmlDeviceGetGpuMaxPcieLinkGeneration'
  | 'nvmlDeviceGetMaxPcieLinkWidth'
  | 'nvmlDeviceGetFanSpeed';

/** What an older driver or a simpler card cannot tell is refused, with "not supported" or "function not found". */
export interface NvmlLibrary {
  /** May take seconds where no other program keeps the driver loaded, so it blocks nobody. */
  init(): Promise<number>;
  shutdown(): void;
  driverVersion(): NvmlAnswer<string>;
  count(): NvmlAnswer<number>;
  deviceAt(index: number): NvmlAnswer<NvmlDevice>;
  uuid(device: NvmlDevice): NvmlAnswer<string>;
  name(device: NvmlDevice): NvmlAnswer<string>;
  /** `busId` as the kernel writes it, "0000:41:00.0"; `pciId` "10de:2684". */
  pci(device: NvmlDevice): NvmlAnswer<{ readonly busId: string; readonly pciId: string }>;
  celsius(device: NvmlDevice): NvmlAnswer<number>;
  memoryCelsius(device: NvmlDevice): NvmlAnswer<number>;
  /** Where the GPU begins to slow itself down. */
  slowdownC(device: NvmlDevice): NvmlAnswer<number>;
  milliwatts(device: NvmlDevice): NvmlAnswer<number>;
  memory(device: NvmlDevice): NvmlAnswer<{ readonly totalBytes: number; readonly usedBytes: number }>;
  /** Percent of the driver's last sampling period. */
  utilisation(device: NvmlDevice): NvmlAnswer<{ readonly gpu: number; readonly memory: number }>;
  clockMhz(device: NvmlDevice, clock: 'graphics' | 'memory'): NvmlAnswer<number>;
  /** Bits of nvmlClocksEventReasons. */
  throttleReasons(device: NvmlDevice): NvmlAnswer<number>;
  figure(name: NvmlFigure, device: NvmlDevice): NvmlAnswer<number>;
  /** Errors of the memory that ECC could not correct, since the driver was loaded. */
  uncorrectedErrors(device: NvmlDevice): NvmlAnswer<number>;
  /** The card is divided into instances (MIG). */
  isDivided(device: NvmlDevice): NvmlAnswer<boolean>;
  processes(kind: 'compute' | 'graphics' | 'mps', device: NvmlDevice): NvmlAnswer<readonly NvmlProcess[]>;
  /** Samples after this moment; none where nothing used the GPU. */
  samples(device: NvmlDevice, after: bigint): NvmlAnswer<readonly NvmlSample[]>;
}

// nvml.h
const VALUE_NOT_AVAILABLE = 0xffff_ffff_ffff_ffffn;
const TEXT_BYTES = 96;
/** Room for so many entries at first; the library says how many it needs. */
const ENTRIES = 128;

type Function = (...args: readonly unknown[]) => number;

/** Null where the library is not installed, or too old (before driver 450). */
export function loadNvml(path: string): NvmlLibrary | null {
  try {
    return bind(koffi.load(path));
  } catch {
    return null; // koffi throws for a missing library or function alike
  }
}

function bind(library: LibraryHandle): NvmlLibrary {
  const bound = (name: NvmlFunction) => library.func(NVML_CALLS[name].prototype);
  const optional = (name: NvmlFunction): Function => {
    try {
      return bound(name);
    } catch {
      return () => NVML.functionNotFound;
    }
  };
  /** Before driver 510 the same structures were version 2. */
  const listing = (name: NvmlFunction & `${string}_v3`) => {
    try {
      return bound(name);
    } catch {
      return library.func(NVML_CALLS[name].prototype.replace('_v3', '_v2'));
    }
  };
  const init = bound('nvmlInit_v2');
  const shutdown = bound('nvmlShutdown');
  const getDriver = optional('nvmlSystemGetDriverVersion');
  const getCount = bound('nvmlDeviceGetCount_v2');
  const getHandle = bound('nvmlDeviceGetHandleByIndex_v2');
  const getUuid = bound('nvmlDeviceGetUUID');
  const getName = bound('nvmlDeviceGetName');
  const getPci = optional('nvmlDeviceGetPciInfo_v3');
  const getTemperature = bound('nvmlDeviceGetTemperature');
  const getThreshold = bound('nvmlDeviceGetTemperatureThreshold');
  const getPower = bound('nvmlDeviceGetPowerUsage');
  const getMemory = optional('nvmlDeviceGetMemoryInfo');
  const getMemoryV2 = optional('nvmlDeviceGetMemoryInfo_v2');
  const getUtilisation = optional('nvmlDeviceGetUtilizationRates');
  const getClock = optional('nvmlDeviceGetClockInfo');
  const getEventReasons = optional('nvmlDeviceGetCurrentClocksEventReasons');
  const getThrottleReasons = optional('nvmlDeviceGetCurrentClocksThrottleReasons');
  const getErrors = optional('nvmlDeviceGetTotalEccErrors');
  const getMig = optional('nvmlDeviceGetMigMode');
  const getFields = optional('nvmlDeviceGetFieldValues');
  const getSamples = bound('nvmlDeviceGetProcessUtilization');
  const figures: Readonly<Record<NvmlFigure, Function>> = {
    nvmlDeviceGetEnforcedPowerLimit: optional('nvmlDeviceGetEnforcedPowerLimit'),
    nvmlDeviceGetPowerManagementDefaultLimit: optional('nvmlDeviceGetPowerManagementDefaultLimit'),
    nvmlDeviceGetCurrPcieLinkGeneration: optional('nvmlDeviceGetCurrPcieLinkGeneration'),
    nvmlDeviceGetCurrPcieLinkWidth: optional('nvmlDeviceGetCurrPcieLinkWidth'),
    nvmlDeviceGetMaxPcieLinkGeneration: optional('nvmlDeviceGetMaxPcieLinkGeneration'),
    nvmlDeviceGetGpuMaxPcieLinkGeneration: optional('nvmlDeviceGetGpuMaxPcieLinkGeneration'),
    nvmlDeviceGetMaxPcieLinkWidth: optional('nvmlDeviceGetMaxPcieLinkWidth'),
    nvmlDeviceGetFanSpeed: optional('nvmlDeviceGetFanSpeed'),
  };
  const lists = {
    compute: listing('nvmlDeviceGetComputeRunningProcesses_v3'),
    graphics: listing('nvmlDeviceGetGraphicsRunningProcesses_v3'),
    mps: listing('nvmlDeviceGetMPSComputeRunningProcesses_v3'),
  };
  const word = Buffer.alloc(8);
  const otherWord = Buffer.alloc(8);
  const text = Buffer.alloc(TEXT_BYTES);
  const structure = Buffer.alloc(Math.max(...[MEMORY, MEMORY_V2, UTILISATION, PCI, FIELD].map(({ bytes }) => bytes)));
  let entries = Buffer.alloc(ENTRIES * SAMPLE.bytes);

  const answer = <T>(code: number, value: () => T): NvmlAnswer<T> =>
    code === NVML.success ? { ok: true, value: value() } : { ok: false, code };
  const number = (code: number) => answer(code, () => word.readUInt32LE(0));
  const string = (code: number) => answer(code, () => endedText(text, 0));
  const long = (layout: Layout, field: string, from = structure, at = 0) => from.readBigUInt64LE(at + placeOf(layout, field));
  const short = (layout: Layout, field: string, from = structure, at = 0) => from.readUInt32LE(at + placeOf(layout, field));

  function list<T>(bytesEach: number, ask: () => number, parse: (at: number) => T): NvmlAnswer<readonly T[]> {
    const attempt = (): number => {
      word.writeUInt32LE(Math.floor(entries.length / bytesEach), 0);
      return ask();
    };
    let code = attempt();
    if (code === NVML.insufficientSize) {
      entries = Buffer.alloc((word.readUInt32LE(0) + ENTRIES) * SAMPLE.bytes);
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
    driverVersion: () => string(getDriver(text, TEXT_BYTES)),
    count: () => number(getCount(word)),
    deviceAt: (index) => answer(getHandle(index, word), () => word.readBigUInt64LE(0)),
    uuid: (device) => string(getUuid(device, text, TEXT_BYTES)),
    name: (device) => string(getName(device, text, TEXT_BYTES)),
    pci: (device) =>
      answer(getPci(device, structure), () => {
        const ids = short(PCI, 'deviceAndVendor');
        return { busId: kernelBusId(endedText(structure, placeOf(PCI, 'busId'))), pciId: `${hex4(ids & 0xffff)}:${hex4(ids >>> 16)}` };
      }),
    celsius: (device) => number(getTemperature(device, TEMPERATURE_GPU, word)),
    memoryCelsius: (device) => {
      preset(FIELD, structure);
      const code = getFields(device, 1, structure);
      const ofField = code === NVML.success ? short(FIELD, 'code') : code;
      return answer(ofField, () => short(FIELD, 'value'));
    },
    slowdownC: (device) => number(getThreshold(device, THRESHOLD_SLOWDOWN, word)),
    milliwatts: (device) => number(getPower(device, word)),
    memory: (device) => {
      // Version 2 counts what the driver keeps for itself apart from what programs use.
      preset(MEMORY_V2, structure);
      let layout: Layout = MEMORY_V2;
      let code = getMemoryV2(device, structure);
      if (code === NVML.functionNotFound || code === NVML.notSupported) {
        layout = MEMORY;
        code = getMemory(device, structure);
      }
      return answer(code, () => ({ totalBytes: Number(long(layout, 'total')), usedBytes: Number(long(layout, 'used')) }));
    },
    utilisation: (device) =>
      answer(getUtilisation(device, structure), () => ({ gpu: short(UTILISATION, 'gpu'), memory: short(UTILISATION, 'memory') })),
    clockMhz: (device, clock) => number(getClock(device, CLOCKS[clock], word)),
    throttleReasons: (device) => {
      let code = getEventReasons(device, word);
      if (code === NVML.functionNotFound) code = getThrottleReasons(device, word); // its name before driver 535
      return answer(code, () => Number(word.readBigUInt64LE(0)));
    },
    figure: (name, device) => number(figures[name](device, word)),
    uncorrectedErrors: (device) =>
      answer(getErrors(device, ERROR_UNCORRECTED, COUNTER_VOLATILE, word), () => Number(word.readBigUInt64LE(0))),
    isDivided: (device) => answer(getMig(device, word, otherWord), () => word.readUInt32LE(0) !== 0),
    processes: (kind, device) =>
      list(
        PROCESS.bytes,
        () => lists[kind](device, word, entries),
        (at) => {
          const vram = long(PROCESS, 'vram', entries, at);
          return { pid: short(PROCESS, 'pid', entries, at), vramBytes: vram === VALUE_NOT_AVAILABLE ? null : Number(vram) };
        },
      ),
    samples: (device, after) => {
      const found = list(
        SAMPLE.bytes,
        () => getSamples(device, entries, word, after),
        (at) => ({
          pid: short(SAMPLE, 'pid', entries, at),
          timeStampMicros: long(SAMPLE, 'stamp', entries, at),
          busyShare: Math.max(...['sm', 'encoder', 'decoder'].map((engine) => short(SAMPLE, engine, entries, at))) / 100,
        }),
      );
      return !found.ok && found.code === NVML.notFound ? { ok: true, value: [] } : found;
    },
  };
}

function placeOf({ fields }: Layout, field: string): number {
  const found = fields[field];
  if (found === undefined) throw new TypeError(`no field ${field}`);
  return found.at;
}

function endedText(buffer: Buffer, at: number): string {
  return buffer.toString('utf8', at, buffer.indexOf(0, at));
}

const hex4 = (value: number): string => value.toString(16).padStart(4, '0');

/** NVML writes the domain with eight digits and in capitals. */
function kernelBusId(busId: string): string {
  return busId.toLowerCase().replace(/^0000(?=[0-9a-f]{4}:)/, '');
}
