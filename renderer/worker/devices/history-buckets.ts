import type { TelemetryPoint } from '../../../src/contract/model/telemetry.ts';
import { type Metric, metricValue } from './metrics.ts';

/** One place on the chart. Null: not known then. `high`: the hottest moment in it; of temperatures only. */
export interface Bucket {
  readonly atMs: number;
  readonly mean: number | null;
  readonly high: number | null;
}

const known = (values: readonly (number | null)[]): readonly number[] => values.filter((value) => value !== null);
const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

/** No more places than a chart has room for: the points of each are averaged, its hottest moment is kept. `points` in the order of time. */
export function historyBuckets(
  points: readonly TelemetryPoint[],
  metric: Metric,
  fromMs: number,
  toMs: number,
  count: number,
): readonly Bucket[] {
  const widthMs = (toMs - fromMs) / count;
  const groups: TelemetryPoint[][] = Array.from({ length: count }, () => []);
  for (const point of points) groups[Math.floor((point.atMs - fromMs) / widthMs)]?.push(point);
  return groups.map((group, index) => {
    const heats = metric === 'temperature' ? known(group.map(({ maxTemperatureC }) => maxTemperatureC)) : [];
    return {
      atMs: Math.round(fromMs + (index + 0.5) * widthMs),
      mean: mean(known(group.map((point) => metricValue(metric, point)))),
      high: heats.length === 0 ? null : Math.max(...heats),
    };
  });
}

/** Of the points themselves, whatever the chart has room for. Null: none is known. */
export function rangeOf(
  points: readonly TelemetryPoint[],
  metric: Metric,
): { readonly low: number; readonly mean: number; readonly high: number } | null {
  const values = known(points.map((point) => metricValue(metric, point)));
  const middle = mean(values);
  if (middle === null) return null;
  const highs = metric === 'temperature' ? known(points.map(({ maxTemperatureC }) => maxTemperatureC)) : values;
  const most = (from: readonly number[], pick: (a: number, b: number) => number, start: number): number =>
    from.reduce((a, b) => pick(a, b), start);
  return {
    low: most(values, Math.min, Number.POSITIVE_INFINITY),
    mean: middle,
    high: most([...values, ...highs], Math.max, Number.NEGATIVE_INFINITY),
  };
}
