/** Time as the rooms see it, passed in by a composition root so that tests own it. */
export interface Clock {
  /** Wall clock, ms since the Unix epoch. May jump. Use it for what people read and for deadlines agreed with others. */
  nowMs(): number;
  /** Monotonic clock, ms from an arbitrary start. Use it for durations. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
