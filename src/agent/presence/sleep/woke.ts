import type { Clocks } from './sleep.ts';

/**
 * Clocks read one after another differ by the time between the readings, and /proc/uptime counts hundredths. On a busy machine a process
 * waits for tenths of a second; nothing shorter than this is told from that.
 */
const TOLERANCE_MS = 2_000;

export interface Woke {
  /** Between the two readings the machine slept so long; 0: it did not. */
  readonly suspendedMs: number;
  /** The wall clock was set by so much, sleep not counted; below 0: back. 0: it was not. */
  readonly clockJumpMs: number;
}

/** What happened to the machine between two readings of its clocks. */
export function compare(previous: Clocks, current: Clocks): Woke {
  const bootMs = current.bootMs - previous.bootMs;
  const sleptMs = bootMs - (current.monotonicMs - previous.monotonicMs);
  const jumpMs = current.wallMs - previous.wallMs - bootMs;
  return {
    suspendedMs: sleptMs > TOLERANCE_MS ? sleptMs : 0,
    clockJumpMs: Math.abs(jumpMs) > TOLERANCE_MS ? jumpMs : 0,
  };
}

/** The text of Linux's /proc/uptime (CLOCK_BOOTTIME: proc(5)) in ms; null where it is something else. */
export function parseUptimeMs(text: string): number | null {
  const found = /^(\d+)\.(\d{2}) /.exec(text);
  return found ? Number(found[1]) * 1_000 + Number(found[2]) * 10 : null;
}
