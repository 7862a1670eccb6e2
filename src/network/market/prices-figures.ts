/** So much of a thing at a price. Weights are positive: the time of a lease, or 1 for an offer. */
export interface Priced {
  readonly microPerHour: number;
  readonly weight: number;
}

/**
 * The lowest price at which at least this share of all weight is reached. It is a price that was asked or paid, never one between two; null
 * where there is none.
 * @param share above 0, at most 1; 0.5 is the median
 */
export function priceAt(share: number, priced: readonly Priced[]): number | null {
  const total = priced.reduce((sum, { weight }) => sum + weight, 0);
  const sorted = priced.toSorted((a, b) => a.microPerHour - b.microPerHour);
  let reached = 0;
  for (const { microPerHour, weight } of sorted) {
    reached += weight;
    if (reached >= share * total) return microPerHour;
  }
  return null;
}
