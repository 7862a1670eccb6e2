/** What a benchmark makes of its samples. Pure. */

/** The value below which `share` of the values lie, between neighbours by proportion. Throws for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (below === undefined || above === undefined) throw new RangeError('no values, no quantile');
  return below + (above - below) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Interquartile range as a share of the median: the spread that a few outliers do not change. */
export const iqrShare = (values: readonly number[]): number => (quantile(values, 0.75) - quantile(values, 0.25)) / median(values);

/** Whether two values differ by no more than `share` of the larger one. */
export const agree = (a: number, b: number, share: number): boolean => Math.abs(a - b) <= share * Math.max(Math.abs(a), Math.abs(b));

/**
 * The time of one launch, from submits of `launches` launches (`full`) and of half as many (`half`; none where that is no whole number): what a
 * submit costs beside its launches is in both and falls out of the difference. Where that is not within `share` of the plain time, noise has
 * made it, and the plain time stands: it can only be too long.
 */
export function launchMs(half: readonly number[], full: readonly number[], launches: number, share: number): number {
  const plain = median(full) / launches;
  if (half.length === 0) return plain;
  const slope = (median(full) - median(half)) / (launches / 2);
  return slope <= plain && agree(slope, plain, share) ? slope : plain;
}
