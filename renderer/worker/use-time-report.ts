import { useEffect, useState } from 'react';
import type { TimeRange, TimeReport } from '../../src/contract/model/presence.ts';
import { useConnection, useWorker } from './store.ts';
import { failureText } from './use-order.ts';

const REFRESH_MS = 10_000;

export type TimeReportState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'ready'; readonly report: TimeReport };

/** Where the time went: asked for at once, every ten seconds, and when the decision changes. What is known stays until there is better. */
export function useTimeReport(range: TimeRange): { readonly state: TimeReportState; readonly again: () => void } {
  const connection = useConnection();
  const client = connection.kind === 'live' ? connection.client : null;
  const sinceMs = useWorker((state) => state.presence.sinceMs);
  const [known, setKnown] = useState<{ readonly range: TimeRange; readonly state: TimeReportState } | null>(null);
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new decision and `attempt` are what makes it ask again
  useEffect(() => {
    if (client === null) return;
    const asking = new AbortController();
    const ask = (): void => {
      client.time.report({ range }, { signal: asking.signal }).then(
        (report) => {
          if (!asking.signal.aborted) setKnown({ range, state: { kind: 'ready', report } });
        },
        (error: unknown) => {
          if (!asking.signal.aborted) setKnown({ range, state: { kind: 'failed', text: failureText(error) } });
        },
      );
    };
    ask();
    const timer = setInterval(ask, REFRESH_MS);
    return () => {
      asking.abort();
      clearInterval(timer);
    };
  }, [client, range, sinceMs, attempt]);
  return {
    state: known?.range === range ? known.state : { kind: 'loading' },
    again: () => {
      setKnown(null);
      setAttempt((count) => count + 1);
    },
  };
}
