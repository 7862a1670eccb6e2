import type { SustainedTelemetry } from '../../contract/model/benchmark.ts';
import type { DeviceSample, ThrottleReason } from '../../contract/model/telemetry.ts';

/** Reasons that mean too much heat or a fault; a power limit is the owner's choice. */
const SLOWED: readonly ThrottleReason[] = ['thermal', 'hardware', 'reliability'];

/** Draw and heat of a device: `idle` before the run, `under` load. What no sample tells is null. Pure. */
export function summarise(idle: DeviceSample | null, under: readonly DeviceSample[]): SustainedTelemetry {
  const powers = under.flatMap(({ powerW }) => (powerW === null ? [] : [powerW]));
  const temperatures = under.flatMap(({ temperatureC }) => (temperatureC === null ? [] : [temperatureC]));
  const throttles = under.flatMap(({ throttle }) => (throttle === null ? [] : [throttle]));
  const mean = (values: readonly number[]): number | null =>
    values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    idlePowerW: idle?.powerW ?? null,
    meanPowerW: mean(powers),
    maxTemperatureC: temperatures.length === 0 ? null : Math.max(...temperatures),
    throttledShare: mean(throttles.map((reasons) => (reasons.some((reason) => SLOWED.includes(reason)) ? 1 : 0))),
    source: under.at(-1)?.source ?? null,
  };
}
