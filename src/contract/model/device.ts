import * as z from 'zod';

/** What can be rented. `cpu` is a machine's processor offered as a device of its own: labelled so wherever it is shown and never counted as a GPU. */
export const deviceClass = z.enum(['gpu', 'cpu']);
export type DeviceClass = z.infer<typeof deviceClass>;

/** What a device is. `software`: an adapter that computes on the processor (llvmpipe, SwiftShader, Microsoft's WARP): shown, never offered. */
export const deviceKind = z.enum(['gpu', 'cpu', 'software']);
export type DeviceKind = z.infer<typeof deviceKind>;

/** One device of a worker, as the network is told of it. Unknown figures are null, never 0. `source` says where the figures come from. */
export const device = z.object({
  id: z.string().min(1).max(100),
  class: deviceClass,
  name: z.string().min(1).max(200),
  vendor: z.string().max(100).nullable(),
  cores: z.int().positive().nullable().describe('logical processors; class cpu only'),
  memoryBytes: z.int().positive().nullable().describe('VRAM for a GPU, main memory for a CPU'),
  source: z.string().max(200),
});
export type Device = z.infer<typeof device>;

/** A figure with where it comes from (NVML, sysfs, DXGI ...); null: unknown. */
const fact = <T extends z.ZodType>(value: T) => z.object({ value, source: z.string() }).nullable();

export const pciLink = z.object({
  generation: z.int().positive().nullable(),
  width: z.int().positive().nullable().describe('lanes in use; 1 for a riser'),
  maxGeneration: z.int().positive().nullable(),
  maxWidth: z.int().positive().nullable(),
});

/** What is wrong with a device, by name; the UI has the words. */
export const alarmCode = z.enum([
  'hot',
  'memory-hot',
  'throttled',
  'memory-errors',
  'fan-stopped',
  'slow-link',
  'wrong-results',
  'memory-kept',
]);
export type AlarmCode = z.infer<typeof alarmCode>;
export const alarm = z.object({ code: alarmCode, sinceMs: z.int(), detail: z.string(), fix: z.string().nullable() });
export type Alarm = z.infer<typeof alarm>;

/** `quarantined`: nothing runs on this device, on it alone, until the owner releases it or `untilMs`. `lost`: it was here and no longer answers. */
export const deviceHealth = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('good'), alarms: z.array(alarm).describe('that need no quarantine') }),
  z.object({ kind: z.literal('quarantined'), cause: alarm, alarms: z.array(alarm), untilMs: z.int().nullable() }),
  z.object({ kind: z.literal('lost'), sinceMs: z.int(), detail: z.string(), fix: z.string() }),
]);
export type DeviceHealth = z.infer<typeof deviceHealth>;

/** One device as its owner sees it. `id` stays the same over restarts and reboots: it is made from the UUID, else from the bus address and the model. */
export const hardwareDevice = z.object({
  id: z.string(),
  kind: deviceKind,
  name: z.string().describe('model; two identical ones have the same'),
  place: z.string().describe('tells identical devices of one machine apart, such as "PCI 0000:41:00.0"'),
  vendor: z.string().nullable(),
  form: z.enum(['discrete', 'integrated']).nullable(),
  source: z.string(),
  cores: z.int().positive().nullable().describe('logical processors; kind cpu only'),
  memoryBytes: fact(z.int().positive()).describe('VRAM for a GPU, main memory for a CPU'),
  uuid: z.string().nullable().describe("the vendor's, such as GPU-... of NVIDIA"),
  busId: z.string().nullable().describe('PCI address, domain:bus:device.function'),
  pciId: z.string().nullable().describe('vendor:device, hexadecimal, lower case, such as 10de:2684'),
  driver: z.object({ name: z.string(), version: z.string().nullable() }).nullable(),
  powerLimitW: fact(z.number().positive()),
  powerLimitDefaultW: fact(z.number().positive()),
  link: fact(pciLink),
  health: deviceHealth,
  /** Why this device cannot be leased here; null: it can. */
  unshareable: z.object({ detail: z.string(), fix: z.string().nullable() }).nullable(),
});
export type HardwareDevice = z.infer<typeof hardwareDevice>;

/** What the network is told; null for what is never offered. */
export function tellDevice(known: HardwareDevice): Device | null {
  if (known.kind === 'software') return null;
  const { id, kind, name, vendor, cores, source } = known;
  return { id, class: kind, name, vendor, cores, memoryBytes: known.memoryBytes?.value ?? null, source };
}
