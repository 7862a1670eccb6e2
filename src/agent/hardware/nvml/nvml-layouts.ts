/** Fields by their place, in bytes; a text has a length. `preset`: fields that are written before the question. */
export interface Layout {
  readonly bytes: number;
  readonly preset?: Readonly<Record<string, number>>;
  readonly fields: Readonly<Record<string, Field>>;
}
export type Field =
  | { readonly at: number; readonly type: 'u32' | 'u64' }
  | { readonly at: number; readonly type: 'text'; readonly length: number };

const u32 = (at: number): Field => ({ at, type: 'u32' });
const u64 = (at: number): Field => ({ at, type: 'u64' });

/** NVML_FI_DEV_MEMORY_TEMP */
const FIELD_MEMORY_TEMP = 82;

export const MEMORY: Layout = { bytes: 24, fields: { total: u64(0), free: u64(8), used: u64(16) } };
export const MEMORY_V2: Layout = {
  bytes: 40,
  preset: { version: 40 | (2 << 24) }, // NVML_STRUCT_VERSION
  fields: { version: u32(0), total: u64(8), reserved: u64(16), free: u64(24), used: u64(32) },
};
export const UTILISATION: Layout = { bytes: 8, fields: { gpu: u32(0), memory: u32(4) } };
export const PCI: Layout = {
  bytes: 68,
  fields: { deviceAndVendor: u32(28), busId: { at: 36, type: 'text', length: 32 } },
};
/** nvmlFieldValue_t */
export const FIELD: Layout = {
  bytes: 40,
  preset: { id: FIELD_MEMORY_TEMP },
  fields: { id: u32(0), type: u32(24), code: u32(28), value: u64(32) },
};
/** nvmlProcessInfo_v2_t, and nvmlProcessInfo_t of the functions of version 3 */
export const PROCESS: Layout = { bytes: 24, fields: { pid: u32(0), vram: u64(8), instance: u32(16), computeInstance: u32(20) } };
/** nvmlProcessUtilizationSample_t */
export const SAMPLE: Layout = {
  bytes: 32,
  fields: { pid: u32(0), stamp: u64(8), sm: u32(16), memory: u32(20), encoder: u32(24), decoder: u32(28) },
};

/** Writes what a structure must say before it is asked for. */
export function preset(layout: Layout, into: Buffer): void {
  into.fill(0, 0, layout.bytes);
  for (const [name, value] of Object.entries(layout.preset ?? {})) into.writeUInt32LE(value, layout.fields[name]?.at ?? 0);
}
