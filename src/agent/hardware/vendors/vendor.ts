import type { HardwareDevice } from '../../../contract/model/device.ts';
import type { DeviceSample } from '../../../contract/model/telemetry.ts';

/** What is wrong with a device that is still listed and no longer answers. */
export interface Loss {
  readonly detail: string;
  readonly fix: string;
}

/** What a vendor's part knows of a device, apart from its identity over time and its standing. */
export type DeviceFacts = Omit<HardwareDevice, 'id' | 'health'>;

export type Look =
  | { readonly kind: 'sample'; readonly sample: DeviceSample }
  /** Nothing is known now, and nothing is wrong: it sleeps, or the figures are still being fetched. */
  | { readonly kind: 'nothing' }
  /** It is no longer as it was found, such as awake: look for it again. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'lost'; readonly loss: Loss };

/** One device that a vendor's part found. */
export interface FoundDevice {
  readonly facts: DeviceFacts;
  /**
   * `asked`: it has told of itself. `asleep`: it could not be asked, and what was known of it still holds. `silent`: nor could it be asked,
   * for what its `unshareable` or `loss` says.
   */
  readonly depth: 'asked' | 'asleep' | 'silent';
  /** It is listed, but answers nothing. */
  readonly loss: Loss | null;
  /** Takes some microseconds and never wakes a device that sleeps. */
  look(nowMs: number): Look;
  close(): void;
}

/** The devices of one maker, or of one way to ask for them. */
export interface Vendor {
  /** Looks for devices. `mayWake`: the owner asked for it, so NVIDIA's that sleep are woken; the kernel wakes others only for who uses them. Never rejects: what cannot be asked is not there. */
  find(mayWake: boolean): Promise<readonly FoundDevice[]>;
  /** Changes when devices of this maker should be looked for again, though the bus looks the same. Cheap. */
  readonly mark: () => string;
}

/** A sample of which nothing is known. */
export const UNKNOWN_SAMPLE: Omit<DeviceSample, 'atMs' | 'source'> = {
  busyShare: null,
  memoryBusyShare: null,
  temperatureC: null,
  hotspotC: null,
  memoryTemperatureC: null,
  limitC: null,
  powerW: null,
  powerLimitW: null,
  vramUsedBytes: null,
  coreClockMhz: null,
  memoryClockMhz: null,
  fanShare: null,
  throttle: null,
  linkGeneration: null,
  linkWidth: null,
  memoryErrors: null,
};

export const NOTHING: Look = { kind: 'nothing' };
export const STALE: Look = { kind: 'stale' };

/** Why a GPU cannot be leased: nobody could say how much memory it has. */
export const MEMORY_UNKNOWN = { detail: 'How much memory it has is not known.', fix: 'Update its driver.' };
export const NO_CONTAINERS = { detail: "Nightshift's containers get NVIDIA's GPUs only, so far.", fix: null };
/** Of a laptop's second GPU, most often. */
export const UNSEEN = {
  detail: 'It sleeps, and Nightshift has not seen it awake yet.',
  fix: 'Look for devices again while a program uses it.',
};
export const SOFTWARE_ONLY = { detail: 'It computes on the processor and is no GPU.', fix: null };
export const DIVIDED = {
  detail: 'It is divided into instances (MIG), and Nightshift leases whole GPUs.',
  fix: 'Join it again: `sudo nvidia-smi -mig 0`',
};
