/** Says "something changed" to any number of waiters; several pulses between two waits count as one. */
export interface Pulse {
  fire(): void;
  /** A waiter of its own. `next` resolves true after a pulse that this waiter has not seen yet, false when the signal fires. */
  listen(signal: AbortSignal): PulseListener;
}

export interface PulseListener extends Disposable {
  next(): Promise<boolean>;
}

export function createPulse(): Pulse {
  const listeners = new Set<() => void>();
  return {
    fire() {
      for (const notify of listeners) notify();
    },
    listen(signal) {
      let pending = false;
      let wake: (() => void) | null = null;
      const notify = (): void => {
        pending = true;
        wake?.();
      };
      const onAbort = (): void => wake?.();
      listeners.add(notify);
      signal.addEventListener('abort', onAbort);
      return {
        async next() {
          if (!pending && !signal.aborted) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
            wake = null;
          }
          pending = false;
          return !signal.aborted;
        },
        [Symbol.dispose]() {
          listeners.delete(notify);
          signal.removeEventListener('abort', onAbort);
        },
      };
    },
  };
}
