/**
 * Full-jitter exponential backoff (AWS Architecture Blog, "Exponential Backoff and Jitter", 2015).
 * @param attempt 0 for the first retry
 * @param random a number in [0, 1)
 * @returns how long to wait, in ms: uniform in [0, min(capMs, baseMs * 2^attempt))
 */
export function fullJitterMs(attempt: number, random: number, baseMs: number, capMs: number): number {
  return random * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 40));
}
