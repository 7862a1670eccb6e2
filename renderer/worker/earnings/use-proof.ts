import { useEffect, useState } from 'react';
import type { PastLease } from '../../../src/contract/worker-api.ts';
import { useConnection, type WorkerClient } from '../store.ts';
import { failureText } from '../use-order.ts';

export type LeaseProof = Awaited<ReturnType<WorkerClient['earnings']['receipts']>>;

export type ProofState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'ready'; readonly proof: LeaseProof };

/** Asks the agent for a lease's receipts, checked there; again when the lease is sealed meanwhile, or on `again`. */
export function useProof({ leaseId, sealed }: Pick<PastLease, 'leaseId' | 'sealed'>): {
  readonly state: ProofState;
  readonly again: () => void;
} {
  const connection = useConnection();
  const client = connection.kind === 'live' ? connection.client : null;
  const [state, setState] = useState<ProofState>({ kind: 'loading' });
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `sealed` and `attempt` are what makes it ask again
  useEffect(() => {
    if (client === null) return;
    const asking = new AbortController();
    client.earnings.receipts({ leaseId }, { signal: asking.signal }).then(
      (proof) => {
        if (!asking.signal.aborted) setState({ kind: 'ready', proof });
      },
      (error: unknown) => {
        if (!asking.signal.aborted) setState({ kind: 'failed', text: failureText(error) });
      },
    );
    return () => asking.abort();
  }, [client, leaseId, sealed, attempt]);
  return {
    state,
    again: () => {
      setState({ kind: 'loading' });
      setAttempt((count) => count + 1);
    },
  };
}
