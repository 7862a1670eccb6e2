import type { WakeState, WakeTimer } from '../../sleep/sleep.ts';
import type { IoKit } from './iokit.ts';

const OWNER = 'nightshift';

/** A scheduled power event: macOS allows it to root only. Every program has its own, so no other alarm is in the way. */
export function createMacWakeTimer(api: Pick<IoKit, 'scheduleWake' | 'cancelWake'>): WakeTimer {
  let setMs: number | null = null;

  /** Runs what macOS may refuse. */
  function attempt(step: () => WakeState): WakeState {
    try {
      return step();
    } catch (error) {
      return {
        kind: 'unavailable',
        detail: `macOS does not let Nightshift wake this Mac: ${error instanceof Error ? error.message : String(error)}`,
        fix: 'Leave the Mac on for its schedule, or let it wake by itself: `sudo pmset repeat wake MTWRFSU 22:00:00`',
      };
    }
  }

  function cancelSet(): void {
    if (setMs !== null) api.cancelWake(setMs, OWNER);
    setMs = null;
  }

  return {
    set: (atMs) =>
      attempt(() => {
        cancelSet();
        api.scheduleWake(atMs, OWNER);
        setMs = atMs;
        return { kind: 'set', atMs };
      }),
    cancel: () =>
      attempt(() => {
        cancelSet();
        return { kind: 'none' };
      }),
  };
}
