import { useEffect, useState } from 'react';
import type { TelemetryHistory, TelemetryRange } from '../../../src/contract/model/telemetry.ts';
import { useConnection } from '../store.ts';
import { failureText } from '../use-order.ts';

/** As often as a new point is worth looking at. */
const REFRESH_MS: Readonly<Record<TelemetryRange, number>> = { minutes: 10_000, days: 60_000, ever: 600_000 };

export type HistoryState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'ready'; readonly history: TelemetryHistory; readonly atMs: number };

/** The past of a device: asked for at once, and from time to time. What is known stays until there is better. */
export function useHistory(deviceId: string, range: TelemetryRange): { readonly state: HistoryState; readonly again: () => void } {
  const connection = useConnection();
  const client = connection.kind === 'live' ? connection.client : null;
  const [known, setKnown] = useState<{ readonly range: TelemetryRange; readonly state: HistoryState } | null>(null);
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` is what makes it ask again
  useEffect(() => {
    if (client === null) return;
    const asking = new AbortController();
    const ask = (): void => {
      client.devices.history({ deviceId, range }, { signal: asking.signal }).then(
        (history) => {
          if (!asking.signal.aborted) setKnown({ range, state: { kind: 'ready', history, atMs: Date.now() } });
        },
        (error: unknown) => {
          if (!asking.signal.aborted) setKnown({ range, state: { kind: 'failed', text: failureText(error) } });
        },
      );
    };
    ask();
    const timer = setInterval(ask, REFRESH_MS[range]);
    return () => {
      asking.abort();
      clearInterval(timer);
    };
  }, [client, deviceId, range, attempt]);
  return {
    state: known?.range === range ? known.state : { kind: 'loading' },
    again: () => {
      setKnown(null);
      setAttempt((count) => count + 1);
    },
  };
}
