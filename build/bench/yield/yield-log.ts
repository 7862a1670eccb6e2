import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine } from '../../../e2e/road/machine.ts';
import type { YieldRecord } from '../../../src/contract/model/presence.ts';

/** What the agent itself writes down about its yields: a side figure, never the measurement. */
export interface YieldLog extends AsyncDisposable {
  read(): Promise<{ readonly count: number; readonly failedAttempts: number }>;
}

/** The agent shows the last 100; no 100 yields happen between two looks. */
const LOOK_EVERY_MS = 20_000;

export function watchYields(machine: Machine): YieldLog {
  const seen = new Map<number, YieldRecord>();
  const stop = new AbortController();
  async function look(): Promise<void> {
    for (const each of (await machine.state()).yields.recent) seen.set(each.id, each);
  }
  const looking = (async () => {
    while (!stop.signal.aborted) {
      await look();
      await sleep(LOOK_EVERY_MS, undefined, { signal: stop.signal });
    }
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) console.error('the yields of the agent cannot be read:', error);
  });
  return {
    async read() {
      await look();
      return { count: seen.size, failedAttempts: [...seen.values()].reduce((sum, each) => sum + each.failedAttempts, 0) };
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await looking;
    },
  };
}
