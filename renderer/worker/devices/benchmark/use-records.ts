import { useEffect, useState } from 'react';
import type { BenchmarkRecord } from '../../../../src/contract/model/benchmark.ts';
import { useConnection } from '../../store.ts';
import { failureText } from '../../use-order.ts';

export type RecordsState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'ready'; readonly records: readonly BenchmarkRecord[] };

/** Results and failures of a device, newest first; asked for when it is opened and when there is a new one. */
export function useRecords(deviceId: string, newestRunId: string | null): RecordsState {
  const connection = useConnection();
  const client = connection.kind === 'live' ? connection.client : null;
  const [state, setState] = useState<RecordsState>({ kind: 'loading' });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new record is what makes it ask again
  useEffect(() => {
    if (client === null) return;
    const asking = new AbortController();
    client.benchmarks.history({ deviceId }, { signal: asking.signal }).then(
      ({ records }) => {
        if (!asking.signal.aborted) setState({ kind: 'ready', records });
      },
      (error: unknown) => {
        if (!asking.signal.aborted) setState({ kind: 'failed', text: failureText(error) });
      },
    );
    return () => asking.abort();
  }, [client, deviceId, newestRunId]);
  return state;
}
