import * as z from 'zod';
import { deviceClass } from './device.ts';
import { microCredits } from './money.ts';

const microPerHour = microCredits.nonnegative();

/** What is asked and paid for one class of device, micro-credits an hour, before the fee. */
export const classPrices = z.object({
  deviceClass,
  asks: z
    .object({ offers: z.int().positive(), minMicroPerHour: microPerHour, medianMicroPerHour: microPerHour })
    .nullable()
    .describe('of what can be rented now; null: nothing'),
  paid: z
    .object({
      leases: z.int().positive(),
      unfrozenMs: z.int().positive(),
      p10MicroPerHour: microPerHour,
      medianMicroPerHour: microPerHour,
      p90MicroPerHour: microPerHour,
    })
    .nullable()
    .describe('by leases for money that were sealed in the last days, each weighted by the time it was billed; null: none'),
});
export type ClassPrices = z.infer<typeof classPrices>;

/** Prices on a network, one item a class. */
export const prices = z.object({ atMs: z.int(), days: z.int().positive(), items: z.array(classPrices).max(100) });
export type Prices = z.infer<typeof prices>;
