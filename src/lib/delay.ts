import { setTimeout as sleep } from 'node:timers/promises';

/** Waits `ms`, or less when the signal fires; says whether the whole time passed. */
export async function delay(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch {
    return false; // the only rejection of timers/promises is the abort
  }
}
