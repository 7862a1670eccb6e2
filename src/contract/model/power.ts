import * as z from 'zod';
import { microCredits } from './money.ts';
import { weekHours } from './week.ts';

/** What a kilowatt-hour from the wall costs, micro-credits (1 credit = 1 USD). */
const microPerKwh = microCredits.min(0).max(10_000_000);

/** `time-of-use`: the first period that holds the hour counts, else `otherMicroPerKwh`. Hours are those of the schedule's time zone. */
export const tariff = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('flat'), microPerKwh }),
  z.object({
    kind: z.literal('time-of-use'),
    otherMicroPerKwh: microPerKwh,
    periods: z
      .array(z.object({ name: z.string().trim().min(1).max(40), hours: weekHours, microPerKwh }))
      .min(1)
      .max(8),
  }),
]);
export type Tariff = z.infer<typeof tariff>;

/** Where a draw comes from. `measured`: by this device under the benchmark's load; `limit`: its power limit, which it cannot exceed; `model`: what the maker states; `guess`: by the class of device. */
export const drawSource = z.enum(['measured', 'limit', 'model', 'guess']);
export type DrawSource = z.infer<typeof drawSource>;

/** What work on a device costs its owner in electricity, beyond what the machine draws idle, and what that means at a price. Per hour of work. */
export const deviceCost = z.object({
  deviceId: z.string(),
  drawW: z.number().nonnegative().describe('at the wall, beyond idle, the power supply’s loss included'),
  drawSource,
  drawDetail: z.string().describe('one sentence: how the draw is known'),
  microPerKwh: microCredits.describe('now'),
  tariffIsAssumed: z.boolean().describe('the owner has not said what electricity costs'),
  costMicroPerHour: microCredits.describe('now'),
  floorMicroPerHour: microCredits.describe('the least that this device is offered for, before the fee and with the margin'),
  askMicroPerHour: microCredits.describe('what it is offered for: the owner’s price, or the floor where that is higher'),
  netMicroPerHour: microCredits.describe('of the ask, after the fee and the electricity'),
  market: z
    .object({ paidMicroPerHour: microCredits, leases: z.int().positive(), days: z.int().positive() })
    .nullable()
    .describe('median of what leases of this class paid on this network; null: no leases, or the network does not say'),
  verdict: z.enum(['earns', 'loses', 'unknown']).describe('at today’s prices, the market’s; unknown where there are none'),
  verdictDetail: z.string(),
});
export type DeviceCost = z.infer<typeof deviceCost>;
