import * as z from 'zod';
import { deviceClass } from './device.ts';
import { microCredits } from './money.ts';

/** A device that can be rented now, at a price. Level-triggered: the worker states what it offers now, whole. */
export const offer = z.object({
  deviceId: z.string().max(100),
  deviceClass,
  deviceName: z.string().max(200),
  microPerHour: microCredits.nonnegative(),
  memoryBytes: z.int().positive(),
  vramBytes: z.int().positive().nullable().default(null).describe('memory of the GPU; null: it is none'),
  diskBytes: z.int().nonnegative(),
  cpus: z.number().positive(),
  egress: z.boolean().default(false).describe('jobs that connect to listed addresses may run here'),
});
export type Offer = z.infer<typeof offer>;
