import * as z from 'zod';

/** Why a device runs slower than it could, by the driver's word. `power`: at its power limit, which is the owner's choice and no fault. */
export const throttleReason = z.enum(['power', 'thermal', 'hardware', 'sync', 'reliability', 'other']);
export type ThrottleReason = z.infer<typeof throttleReason>;

const share = z.number().min(0).max(1).nullable();
const amount = z.number().nonnegative().nullable();

/** One look at one device. Unknown is null. Counters count since the driver was loaded. */
export const deviceSample = z.object({
  atMs: z.int(),
  source: z.string(),
  busyShare: share,
  memoryBusyShare: share.describe('time in which VRAM was read or written'),
  temperatureC: z.number().nullable(),
  hotspotC: z.number().nullable(),
  memoryTemperatureC: z.number().nullable(),
  limitC: z.number().nullable().describe('where the device slows itself down'),
  powerW: amount,
  powerLimitW: amount,
  vramUsedBytes: amount,
  coreClockMhz: amount,
  memoryClockMhz: amount,
  fanShare: share,
  throttle: z.array(throttleReason).nullable().describe('empty: not throttled'),
  linkGeneration: z.int().positive().nullable(),
  linkWidth: z.int().positive().nullable(),
  memoryErrors: z.int().nonnegative().nullable().describe('uncorrected, since the driver was loaded'),
});
export type DeviceSample = z.infer<typeof deviceSample>;

/** `minutes`: 1 s samples of the last hour. `days`: 1 min means of a week. `ever`: 1 h means. */
export const telemetryRange = z.enum(['minutes', 'days', 'ever']);
export type TelemetryRange = z.infer<typeof telemetryRange>;
export const telemetryStepMs: Readonly<Record<TelemetryRange, number>> = { minutes: 1_000, days: 60_000, ever: 3_600_000 };

/** One step of the history of one device: means over the step, and the hottest moment in it. `atMs` is when the step began. */
export const telemetryPoint = z.object({
  atMs: z.int(),
  busyShare: share,
  temperatureC: z.number().nullable(),
  maxTemperatureC: z.number().nullable(),
  powerW: amount,
  vramUsedBytes: amount,
  coreClockMhz: amount,
});
export type TelemetryPoint = z.infer<typeof telemetryPoint>;
export const telemetryHistory = z.object({ deviceId: z.string(), range: telemetryRange, stepMs: z.int(), points: z.array(telemetryPoint) });
export type TelemetryHistory = z.infer<typeof telemetryHistory>;
