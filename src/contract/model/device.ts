import * as z from 'zod';

/** `cpu` is a machine's processor offered as a device of its own. It is labelled so wherever it is shown and never counted as a GPU. */
export const deviceClass = z.enum(['gpu', 'cpu']);
export type DeviceClass = z.infer<typeof deviceClass>;

/** One device of a worker. Unknown figures are null, never 0. `source` says where the figures come from. */
export const device = z.object({
  id: z.string(),
  class: deviceClass,
  name: z.string(),
  vendor: z.string().nullable(),
  cores: z.int().positive().nullable().describe('logical processors; class cpu only'),
  memoryBytes: z.int().positive().nullable().describe('VRAM for a GPU, main memory for a CPU'),
  source: z.string(),
});
export type Device = z.infer<typeof device>;
