import type { DeviceKind, HardwareDevice } from '../../../src/contract/model/device.ts';
import type { DeviceSample } from '../../../src/contract/model/telemetry.ts';
import { formatBytes } from '../../ui/format/bytes.ts';
import { formatCelsius, formatMegahertz, formatShare, formatWatts } from '../../ui/format/measures.ts';
import type { RecentPoint } from './recent.ts';

export const metrics = ['temperature', 'power', 'load', 'vram', 'clock'] as const;
export type Metric = (typeof metrics)[number];

/** A software adapter has no figures of its own: they are the processor's. */
const METRICS_OF: Readonly<Record<DeviceKind, readonly Metric[]>> = {
  gpu: metrics,
  cpu: ['temperature', 'power', 'load', 'clock'],
  software: [],
};
export const metricsOf = (kind: DeviceKind): readonly Metric[] => METRICS_OF[kind];

const FIELD = {
  temperature: 'temperatureC',
  power: 'powerW',
  load: 'busyShare',
  vram: 'vramUsedBytes',
  clock: 'coreClockMhz',
} as const satisfies Record<Metric, keyof RecentPoint>;

export const metricValue = (metric: Metric, point: Omit<RecentPoint, 'atMs'>): number | null => point[FIELD[metric]];

const FORMAT: Readonly<Record<Metric, (value: number) => string>> = {
  temperature: formatCelsius,
  power: formatWatts,
  load: formatShare,
  vram: formatBytes,
  clock: formatMegahertz,
};
export const formatMetric = (metric: Metric, value: number): string => FORMAT[metric](value);

/** Where the device itself sets an end: it slows down there, or there is no more. Null: not known, or there is none. */
export function limitOf(metric: Metric, device: Pick<HardwareDevice, 'memoryBytes' | 'powerLimitW'>, sample: DeviceSample): number | null {
  switch (metric) {
    case 'temperature':
      return sample.limitC;
    case 'power':
      return sample.powerLimitW ?? device.powerLimitW?.value ?? null;
    case 'vram':
      return device.memoryBytes?.value ?? null;
    case 'load':
      return 1;
    case 'clock':
      return null;
  }
}

/** No chip that works is colder. */
const COLDEST_C = 20;
/** Above it any chip slows itself down. */
const HOTTEST_C = 100;

/** The ends of the scale, which move as little as they can: up to the limit where there is one, else to the highest figure seen. */
export function scaleOf(
  metric: Metric,
  limit: number | null,
  seen: readonly (number | null)[],
): { readonly low: number; readonly high: number } {
  if (metric === 'temperature') return { low: COLDEST_C, high: limit ?? HOTTEST_C };
  return { low: 0, high: limit ?? Math.max(1, ...seen.map((value) => value ?? 0)) };
}
