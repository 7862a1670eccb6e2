import type { DeviceSample, TelemetryPoint } from '../../../src/contract/model/telemetry.ts';

/** How far back a sparkline looks. */
export const RECENT_MS = 180_000;

/** What is kept of a look at a device: the figures that are drawn. */
export type RecentPoint = Pick<DeviceSample, 'atMs' | 'busyShare' | 'temperatureC' | 'powerW' | 'vramUsedBytes' | 'coreClockMhz'>;

const pick = ({ atMs, busyShare, temperatureC, powerW, vramUsedBytes, coreClockMhz }: RecentPoint): RecentPoint => ({
  atMs,
  busyShare,
  temperatureC,
  powerW,
  vramUsedBytes,
  coreClockMhz,
});

/** The last minutes with one look more. The same one again changes nothing; after a clock that was set back they begin anew. */
export function withSample(held: readonly RecentPoint[], sample: DeviceSample): readonly RecentPoint[] {
  const lastMs = held.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
  if (sample.atMs === lastMs) return held;
  if (sample.atMs < lastMs) return [pick(sample)];
  return [...held.filter(({ atMs }) => atMs > sample.atMs - RECENT_MS), pick(sample)];
}

/** The last minutes with what the agent has written down before: it fills gaps; what was seen live after it stays. */
export function withHistory(held: readonly RecentPoint[], points: readonly TelemetryPoint[]): readonly RecentPoint[] {
  const newestMs = points.at(-1)?.atMs;
  if (newestMs === undefined) return held;
  const later = held.filter(({ atMs }) => atMs > newestMs);
  const fromMs = (later.at(-1)?.atMs ?? newestMs) - RECENT_MS;
  return [...points.filter(({ atMs }) => atMs > fromMs).map(pick), ...later];
}
