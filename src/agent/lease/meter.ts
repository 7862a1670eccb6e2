/** Counts unfrozen container time of one lease on the monotonic clock, in whole ms, never beyond what is funded. Pure but for the clock passed in. */
export interface Meter {
  /** Cumulative unfrozen ms, rounded down. */
  readMs(): number;
  /** The funded time is used up. */
  isSpent(): boolean;
  run(): void;
  hold(): void;
}

/** @param durableMs what was already counted and written before this run of the agent; time the agent was down is not counted */
export function createMeter(durableMs: number, maxUnfrozenMs: number, monotonicMs: () => number): Meter {
  let countedMs = durableMs;
  let runningSinceMs: number | null = null;
  const exactMs = (): number => Math.min(maxUnfrozenMs, countedMs + (runningSinceMs === null ? 0 : monotonicMs() - runningSinceMs));
  return {
    readMs: () => Math.floor(exactMs()),
    isSpent: () => exactMs() >= maxUnfrozenMs,
    run() {
      runningSinceMs ??= monotonicMs();
    },
    hold() {
      countedMs = exactMs();
      runningSinceMs = null;
    },
  };
}
