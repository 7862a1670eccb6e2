/** Waits for a promise, or throws the signal's reason when that fires first. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Runs tasks one after another, in the order in which they were asked for. One whose signal fires while it waits is not run. */
export function createTurns(): <T>(signal: AbortSignal, task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return async (signal, task) => {
    const before = last;
    const { promise: done, resolve } = Promise.withResolvers<void>();
    last = before.then(() => done);
    try {
      await abortable(before, signal);
      return await task();
    } finally {
      resolve();
    }
  };
}

interface Run<T, P> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  readonly listeners: Set<(progress: P) => void>;
}

type Task<T, P> = (signal: AbortSignal, onProgress: (progress: P) => void) => Promise<T>;

/**
 * One run of a task for all who ask for the same key at the same time. Each may leave by a signal of its own; the task is aborted when the
 * last one leaves, who then waits for its end.
 */
export function createShared<T, P>(): (
  key: string,
  signal: AbortSignal,
  onProgress: (progress: P) => void,
  task: Task<T, P>,
) => Promise<T> {
  const runs = new Map<string, Run<T, P>>();

  const begin = (key: string, task: Task<T, P>): Run<T, P> => {
    const controller = new AbortController();
    const listeners = new Set<(progress: P) => void>();
    const result = task(controller.signal, (progress) => {
      for (const listener of listeners) listener(progress);
    });
    const run = { result, controller, listeners };
    runs.set(key, run);
    return run;
  };

  return async (key, signal, onProgress, task) => {
    signal.throwIfAborted();
    const run = runs.get(key) ?? begin(key, task);
    const listener = (progress: P): void => onProgress(progress);
    run.listeners.add(listener);
    try {
      return await abortable(run.result, signal);
    } finally {
      run.listeners.delete(listener);
      if (run.listeners.size === 0) {
        if (runs.get(key) === run) runs.delete(key);
        run.controller.abort(signal.reason);
        await Promise.allSettled([run.result]);
      }
    }
  };
}
