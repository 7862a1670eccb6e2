/**
 * Counts unfrozen container time of one lease on the monotonic clock, in whole ms, never beyond what is funded. A job that runs with a part
 * of its processors is charged that part of its time: the renter pays for what the job could use, the owner is paid for what was given, and
 * the funded time bounds a throttled job too, which time that is not billed at all would not. Pure but for the clock passed in.
 */
export interface Meter {
  /** Cumulative unfrozen ms, rounded down. */
  readMs(): number;
  /** The funded time is used up. */
  isSpent(): boolean;
  /** @param rate share of the job's own processors that it may use, above 0 and at most 1 */
  run(rate: number): void;
  hold(): void;
}

/** @param durableMs what was already counted and written before this run of the agent; time the agent was down is not counted */
export function createMeter(durableMs: number, maxUnfrozenMs: number, monotonicMs: () => number): Meter {
  let countedMs = durableMs;
  let running: { readonly sinceMs: number; readonly rate: number } | null = null;
  const exactMs = (): number =>
    Math.min(maxUnfrozenMs, countedMs + (running === null ? 0 : (monotonicMs() - running.sinceMs) * running.rate));
  return {
    readMs: () => Math.floor(exactMs()),
    isSpent: () => exactMs() >= maxUnfrozenMs,
    run(rate) {
      countedMs = exactMs();
      running = { sinceMs: monotonicMs(), rate };
    },
    hold() {
      countedMs = exactMs();
      running = null;
    },
  };
}
