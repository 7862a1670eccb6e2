import type { Reading, SensorContext } from '../../signals.ts';
import { loadNvml, NVML, type NvmlDevice, type NvmlLibrary } from './nvml-library.ts';

export const SOURCE = 'NVML';
/** A driver that was updated or a GPU that was reset comes back by itself. */
const RETRY_EVERY_MS = 5_000;

export interface NvmlGpu {
  readonly device: NvmlDevice;
  readonly uuid: string;
  readonly place: string;
  readonly slowdownC: number | null;
}

export type Unknown = Extract<Reading<never>, { kind: 'unknown' }>;
type State = { readonly kind: 'connected'; readonly nvml: NvmlLibrary; readonly gpus: readonly NvmlGpu[] } | Unknown;

/** The one connection to NVIDIA's driver, which mends itself. */
export interface NvmlConnection {
  /** What can be read from, or why nothing can; then it is tried again now and then. */
  state(): State;
  /** A call was refused: what to read until the connection stands again. */
  fail(code: number): Unknown;
  close(): void;
}

export async function connectNvml(context: SensorContext, libraryPath: string): Promise<NvmlConnection> {
  let library: NvmlLibrary | null = null;
  let isInitialised = false;
  let isConnecting = false;
  let isClosed = false;
  let triedMs = Number.NEGATIVE_INFINITY;

  /** Never rejects: what goes wrong becomes the reading. */
  async function connect(): Promise<State> {
    isConnecting = true;
    triedMs = context.monotonicMs();
    try {
      return await findGpus();
    } catch (error) {
      const detail = `NVIDIA's management library failed: ${error instanceof Error ? error.message : String(error)}.`;
      return unknown(detail, 'Reinstall the NVIDIA driver.');
    } finally {
      isConnecting = false;
      if (isClosed) disconnect();
    }
  }

  async function findGpus(): Promise<State> {
    disconnect();
    library ??= loadNvml(libraryPath);
    if (library === null) {
      return unknown(
        'This machine has an NVIDIA GPU, but the library of its driver is missing.',
        "Install NVIDIA's driver, version 450 or later. Nightshift notices by itself.",
      );
    }
    const code = await library.init();
    if (code !== NVML.success) return refusal(code);
    isInitialised = true;
    const count = library.count();
    if (!count.ok) return refusal(count.code);
    const gpus: NvmlGpu[] = [];
    for (let index = 0; index < count.value; index += 1) {
      const device = library.deviceAt(index);
      if (!device.ok) return refusal(device.code);
      const uuid = library.uuid(device.value);
      if (!uuid.ok) return refusal(uuid.code);
      const name = library.name(device.value);
      const slowdown = library.slowdownC(device.value);
      gpus.push({
        device: device.value,
        uuid: uuid.value,
        place: `${name.ok ? name.value : 'NVIDIA GPU'} ${index}`,
        slowdownC: slowdown.ok && slowdown.value > 0 ? slowdown.value : null,
      });
    }
    return { kind: 'connected', nvml: library, gpus };
  }

  function disconnect(): void {
    if (isInitialised) library?.shutdown();
    isInitialised = false;
  }

  let current = await connect();

  return {
    state() {
      if (current.kind === 'unknown' && !isConnecting && context.monotonicMs() - triedMs >= RETRY_EVERY_MS) {
        void connect().then((next) => {
          current = next;
        });
      }
      return current;
    },
    fail(code) {
      const trouble = refusal(code);
      current = trouble;
      triedMs = context.monotonicMs();
      return trouble;
    },
    close() {
      isClosed = true;
      if (!isConnecting) disconnect();
    },
  };
}

function unknown(detail: string, fix: string): Unknown {
  return { kind: 'unknown', source: SOURCE, detail, fix };
}

function refusal(code: number): Unknown {
  switch (code) {
    case NVML.driverNotLoaded:
      return unknown("NVIDIA's driver is not loaded.", 'Run `sudo modprobe nvidia`, or install the driver that fits the running kernel.');
    case NVML.versionMismatch:
      return unknown("NVIDIA's driver was updated while the old one still runs.", 'Restart the machine.');
    case NVML.gpuIsLost:
    case NVML.resetRequired:
      return unknown(
        'An NVIDIA GPU no longer answers.',
        'Restart the machine. If it happens again, check the power cables and the cooling of the GPU.',
      );
    case NVML.noPermission:
      return unknown(
        'Nightshift may not see who uses the NVIDIA GPU.',
        'Run Nightshift as a user who may use /dev/nvidia*, outside of a container.',
      );
    default:
      return unknown(`NVIDIA's driver refuses to answer (code ${code}).`, 'Run `nvidia-smi`. If it fails too, restart the machine.');
  }
}
