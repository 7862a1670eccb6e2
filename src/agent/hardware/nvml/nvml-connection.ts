import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findPciGpus, isNvidias, isSuspended } from '../linux/pci.ts';
import { NVML } from './nvml-calls.ts';
import { loadNvml, type NvmlDevice, type NvmlLibrary } from './nvml-library.ts';
import { isLoss, type NvmlTrouble, refusal, trouble } from './nvml-trouble.ts';

/** A driver that was updated or a GPU that was reset comes back by itself. */
const RETRY_EVERY_MS = 5_000;

export interface NvmlGpu {
  readonly device: NvmlDevice;
  readonly uuid: string;
  readonly name: string;
  /** Name and number: for people. */
  readonly place: string;
  /** Null where the driver does not say. */
  readonly pci: { readonly busId: string; readonly pciId: string } | null;
  readonly slowdownC: number | null;
  /** Its power is off now: nobody uses it, and a question would turn it on. */
  isAsleep(): boolean;
}

/** `none`: there is no NVIDIA GPU. `asleep`: all are without power, and connecting would wake them. */
export type NvmlState =
  | {
      readonly kind: 'connected';
      readonly nvml: NvmlLibrary;
      readonly gpus: readonly NvmlGpu[];
      /** PCI addresses of the NVIDIA GPUs on the bus when it was connected: NVML does not notice later ones. */
      readonly onBus: ReadonlySet<string>;
    }
  | { readonly kind: 'none' }
  | { readonly kind: 'asleep' }
  | NvmlTrouble;

/** The one connection of this process to NVIDIA's driver, which mends itself. */
export interface NvmlConnection {
  /** This machine has an NVIDIA GPU that is, or should be, with NVIDIA's driver. Looks at the bus. */
  applies(): boolean;
  /** What can be read from, or why nothing can; then it is tried again now and then, but where there was no GPU. Lost ones are left out. */
  state(): NvmlState;
  /** A call for this GPU was refused. A lost GPU is left out from then on; null: others still answer. Else what to read until the connection stands again. */
  refused(gpu: NvmlGpu, code: number): NvmlTrouble | null;
  /** With which code it was lost; null: it was not. */
  lossOf(gpu: NvmlGpu): number | null;
  /** Connects anew, waking what sleeps: for a GPU that came, or an owner who looks for devices. */
  reconnect(): Promise<void>;
  close(): void;
}

export interface NvmlConnectionOptions {
  readonly root: string;
  readonly platform: NodeJS.Platform;
  /** As the dynamic linker finds it: "libnvidia-ml.so.1". */
  readonly libraryPath: string;
  readonly monotonicMs: () => number;
}

/** Never fails: what is wrong is its state. Nothing is loaded where there is no NVIDIA GPU. */
export async function connectNvml(options: NvmlConnectionOptions): Promise<NvmlConnection> {
  const { root, platform, libraryPath, monotonicMs } = options;
  const devices = join(root, 'sys/bus/pci/devices');
  let library: NvmlLibrary | null = null;
  let isInitialised = false;
  let connecting: Promise<NvmlState> | null = null;
  let isClosed = false;
  let triedMs = Number.NEGATIVE_INFINITY;
  const lost = new WeakMap<NvmlGpu, number>();

  const onBus = () => (platform === 'linux' ? findPciGpus(root).filter(isNvidias) : []);

  /** In WSL the GPUs of Windows are not on the bus, but one device for all of them. On Windows the library itself says. */
  function applies(): boolean {
    return platform === 'win32' || (platform === 'linux' && (onBus().length > 0 || existsSync(join(root, 'dev/dxg'))));
  }

  /** Never rejects: what goes wrong becomes the state. */
  async function connect(mayWake: boolean): Promise<NvmlState> {
    triedMs = monotonicMs();
    try {
      return await findGpus(mayWake);
    } catch (error) {
      const detail = `NVIDIA's management library failed: ${error instanceof Error ? error.message : String(error)}.`;
      return trouble(detail, 'Reinstall the NVIDIA driver.');
    } finally {
      if (isClosed) disconnect();
    }
  }

  async function findGpus(mayWake: boolean): Promise<NvmlState> {
    disconnect();
    if (!applies()) return { kind: 'none' };
    const found = onBus();
    if (!mayWake && found.length > 0 && found.every(({ folder }) => isSuspended(folder))) return { kind: 'asleep' };
    library ??= loadNvml(libraryPath);
    if (library === null) {
      return trouble(
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
    let firstLost: number | null = null;
    for (let index = 0; index < count.value; index += 1) {
      const gpu = describe(library, index);
      if (typeof gpu === 'object') gpus.push(gpu);
      else if (isLoss(gpu)) firstLost ??= gpu;
      else return refusal(gpu);
    }
    return gpus.length === 0 && firstLost !== null
      ? refusal(firstLost)
      : { kind: 'connected', nvml: library, gpus, onBus: new Set(found.map(({ busId }) => busId)) };
  }

  /** The GPU, or the code of the refusal. */
  function describe(nvml: NvmlLibrary, index: number): NvmlGpu | number {
    const device = nvml.deviceAt(index);
    if (!device.ok) return device.code;
    const uuid = nvml.uuid(device.value);
    if (!uuid.ok) return uuid.code;
    const named = nvml.name(device.value);
    const pci = nvml.pci(device.value);
    const slowdown = nvml.slowdownC(device.value);
    const name = named.ok ? named.value : 'NVIDIA GPU';
    return {
      device: device.value,
      uuid: uuid.value,
      name,
      place: `${name} ${index}`,
      pci: pci.ok ? pci.value : null,
      slowdownC: slowdown.ok && slowdown.value > 0 ? slowdown.value : null,
      isAsleep: () => platform === 'linux' && pci.ok && isSuspended(join(devices, pci.value.busId)),
    };
  }

  function disconnect(): void {
    if (isInitialised) library?.shutdown();
    isInitialised = false;
  }

  function start(mayWake: boolean): Promise<NvmlState> {
    connecting = connect(mayWake).then((next) => {
      current = next;
      connecting = null;
      return next;
    });
    return connecting;
  }

  let current: NvmlState = applies() ? await connect(false) : { kind: 'none' };

  return {
    applies,
    state() {
      const isDue = monotonicMs() - triedMs >= RETRY_EVERY_MS;
      if (current.kind !== 'connected' && current.kind !== 'none' && connecting === null && isDue) {
        void start(false);
      }
      return current;
    },
    lossOf: (gpu) => lost.get(gpu) ?? null,
    refused(gpu, code) {
      if (isLoss(code)) lost.set(gpu, code);
      if (current.kind === 'unknown') return current;
      if (current.kind === 'connected' && isLoss(code)) {
        const gpus = current.gpus.filter((other) => other !== gpu);
        if (gpus.length > 0) {
          current = { ...current, gpus };
          return null;
        }
      }
      triedMs = monotonicMs();
      const unknown = refusal(code);
      current = unknown;
      return unknown;
    },
    async reconnect() {
      await connecting;
      current = trouble('NVIDIA GPUs are being looked for anew.', null); // handles of before are void now
      await start(true);
    },
    close() {
      isClosed = true;
      if (connecting === null) disconnect();
    },
  };
}
