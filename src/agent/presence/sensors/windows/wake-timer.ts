import type { WakeState, WakeTimer } from '../../sleep/sleep.ts';
import type { Handle, Kernel32 } from './kernel32.ts';

export type WakeTimerApi = Pick<Kernel32, 'createTimer' | 'setWakeTimer' | 'cancelTimer' | 'closeHandle'>;

/** FILETIME counts 100 ns since 1601-01-01; the Unix epoch begins so much later. */
const UNIX_EPOCH_MS = 11_644_473_600_000n;
const FILETIME_PER_MS = 10_000n;

/**
 * A waitable timer that wakes the machine: only where the power plan allows wake timers, which on battery it does not by default. Windows
 * does not say whether it does. Every program has its own, so no other alarm is in the way.
 */
export function createWindowsWakeTimer(api: WakeTimerApi): WakeTimer {
  let timer: Handle | null = null;

  function refused(error: unknown): WakeState {
    return {
      kind: 'unavailable',
      detail: `Windows does not let Nightshift wake this machine: ${error instanceof Error ? error.message : String(error)}`,
      fix: 'Leave the machine on for its schedule.',
    };
  }

  return {
    set(atMs) {
      try {
        timer ??= api.createTimer();
        api.setWakeTimer(timer, (BigInt(Math.round(atMs)) + UNIX_EPOCH_MS) * FILETIME_PER_MS);
        return { kind: 'set', atMs };
      } catch (error) {
        return refused(error);
      }
    },
    cancel() {
      try {
        if (timer !== null) {
          api.cancelTimer(timer);
          api.closeHandle(timer);
          timer = null;
        }
        return { kind: 'none' };
      } catch (error) {
        return refused(error);
      }
    },
  };
}
