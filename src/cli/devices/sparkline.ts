const BARS = '▁▂▃▄▅▆▇█';

/** One figure at one time; null: unknown. */
export interface Moment {
  readonly atMs: number;
  readonly value: number | null;
}

/** Figures over a range of time as one line of bars, each the mean of its part of the range, from the least to the greatest. Where nothing is known: a space. */
export function sparkline(moments: readonly Moment[], fromMs: number, toMs: number, width: number): string {
  const sums = Array.from({ length: width }, () => ({ sum: 0, count: 0 }));
  for (const { atMs, value } of moments) {
    const sum = sums[Math.floor(((atMs - fromMs) / (toMs - fromMs)) * width)];
    if (sum === undefined || value === null) continue;
    sum.sum += value;
    sum.count += 1;
  }
  const means = sums.map(({ sum, count }) => (count === 0 ? null : sum / count));
  const known = means.filter((mean) => mean !== null);
  const least = Math.min(...known);
  const range = Math.max(...known) - least;
  return means
    .map((mean) =>
      mean === null ? ' ' : BARS[range === 0 ? 0 : Math.min(BARS.length - 1, Math.floor(((mean - least) / range) * BARS.length))],
    )
    .join('');
}
