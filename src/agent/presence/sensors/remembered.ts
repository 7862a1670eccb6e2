const FRESH_MS = 1_000;

/** What takes some ms to make and is wanted by several sensors, a second old at most. What throws is asked anew the next time. */
export function remembered<T>(make: () => T, monotonicMs: () => number): () => T {
  let kept: { readonly value: T; readonly atMs: number } | null = null;
  return () => {
    const nowMs = monotonicMs();
    if (kept === null || nowMs - kept.atMs >= FRESH_MS) kept = { value: make(), atMs: nowMs };
    return kept.value;
  };
}
