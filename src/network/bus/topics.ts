import { delay } from '../../lib/delay.ts';

/** Hints that something changed. A hint may be lost or repeated: who waits reads the state again, and looks now and then anyway. */
export interface Topics {
  publish(topic: string): void;
  /** Calls back on each hint until disposed. */
  subscribe(topics: readonly string[], onHint: () => void): Disposable;
}

export const jobTopic = (jobId: string): string => `job:${jobId}`;
/** What is offered changed: the reason why a queued job waits may have, too. */
export const MARKET_TOPIC = 'market';

/** Hints within this process. */
export function inProcessTopics(): Topics {
  const listeners = new Map<string, Set<() => void>>();
  return {
    publish: (topic) => {
      for (const listener of listeners.get(topic) ?? []) listener();
    },
    subscribe: (topics, onHint) => {
      for (const topic of topics) {
        const set = listeners.get(topic) ?? new Set();
        listeners.set(topic, set.add(onHint));
      }
      return {
        [Symbol.dispose]: () => {
          for (const topic of topics) {
            const set = listeners.get(topic);
            set?.delete(onHint);
            if (set?.size === 0) listeners.delete(topic);
          }
        },
      };
    },
  };
}

/** Yields at once, then after each hint (many hints at once are one), and after `atLeastEveryMs` without any. Ends with the signal. */
export async function* hints(topics: Topics, names: readonly string[], atLeastEveryMs: number, signal: AbortSignal): AsyncGenerator<void> {
  let dirty = true;
  let wake = new AbortController();
  using _subscription = topics.subscribe(names, () => {
    dirty = true;
    wake.abort();
  });
  while (!signal.aborted) {
    if (dirty) {
      dirty = false;
      wake = new AbortController();
      yield;
      continue;
    }
    await delay(atLeastEveryMs, AbortSignal.any([wake.signal, signal]));
    dirty = true;
  }
}
