/** Watts from a counter of microjoules that is read now and then; null at first, where the counter is missing or began anew, and where it stands still: nothing draws nothing. */
export function energyMeter(): (microjoules: number | null, nowMs: number) => number | null {
  let last: { readonly microjoules: number; readonly atMs: number } | null = null;
  return (microjoules, nowMs) => {
    const before = last;
    last = microjoules === null ? null : { microjoules, atMs: nowMs };
    if (before === null || microjoules === null || nowMs <= before.atMs || microjoules <= before.microjoules) return null;
    return (microjoules - before.microjoules) / ((nowMs - before.atMs) * 1_000);
  };
}
