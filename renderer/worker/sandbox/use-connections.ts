import { useEffect, useState } from 'react';
import type { ConnectionRecord } from '../../../src/contract/model/sandbox.ts';
import { useConnection, useWorker } from '../store.ts';
import { failureText } from '../use-order.ts';

/** A job that runs may connect at any time; the agent looks no more often. */
const REFRESH_MS = 10_000;
/** As many as an owner looks back for; the command line has the others. */
const MAX_LEASES = 20;

export interface LeaseConnections {
  readonly leaseId: string;
  readonly jobName: string;
  readonly startedAtMs: number | null;
  readonly isLive: boolean;
  /** Newest first. */
  readonly connections: readonly ConnectionRecord[];
}

export type ConnectionsState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'ready'; readonly leases: readonly LeaseConnections[] };

/** Of the jobs that run and may connect, and of recent ones that did. What is known stays until there is better. */
export function useConnections(): { readonly state: ConnectionsState; readonly again: () => void } {
  const connection = useConnection();
  const client = connection.kind === 'live' ? connection.client : null;
  const live = useWorker((state) => state.leases);
  const recent = useWorker((state) => state.earnings.recent);
  const [found, setFound] = useState<ReadonlyMap<string, readonly ConnectionRecord[]> | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const running = live.filter((lease) => lease.network.kind === 'egress');
  const runningIds = running.map((lease) => lease.leaseId).join();
  const pastIds = recent
    .slice(0, MAX_LEASES)
    .map((lease) => lease.leaseId)
    .join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` is what makes it ask again
  useEffect(() => {
    if (client === null) return;
    const asking = new AbortController();
    const ask = (leaseIds: readonly string[]): void => {
      void Promise.allSettled(
        leaseIds.map(async (leaseId) => {
          const { connections } = await client.sandbox.connections({ leaseId }, { signal: asking.signal });
          return [leaseId, [...connections].reverse().sort((a, b) => b.atMs - a.atMs)] as const;
        }),
      ).then((answers) => {
        if (asking.signal.aborted) return;
        const told = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
        const refused = answers.find((answer) => answer.status === 'rejected');
        // One that cannot be told now, because the engine is away, hides none of the others.
        setFailure(refused !== undefined && told.length === 0 ? failureText(refused.reason) : null);
        setFound((before) => new Map([...(before ?? []), ...told]));
      });
    };
    const idsIn = (joined: string): string[] => joined.split(',').filter((id) => id !== '');
    ask([...idsIn(runningIds), ...idsIn(pastIds)]);
    const timer = runningIds === '' ? undefined : setInterval(() => ask(idsIn(runningIds)), REFRESH_MS);
    return () => {
      asking.abort();
      clearInterval(timer);
    };
  }, [client, runningIds, pastIds, attempt]);

  const of = (leaseId: string): readonly ConnectionRecord[] => found?.get(leaseId) ?? [];
  const again = (): void => {
    setFailure(null);
    setAttempt((count) => count + 1);
  };
  if (failure !== null) return { state: { kind: 'failed', text: failure }, again };
  if (found === null) return { state: { kind: 'loading' }, again };
  const leases = [
    ...running.map((lease) => ({ ...lease, isLive: true })),
    ...recent
      .filter(({ leaseId }) => of(leaseId).length > 0 && !running.some((lease) => lease.leaseId === leaseId))
      .map((lease) => ({ ...lease, isLive: false })),
  ].map(({ leaseId, jobName, startedAtMs, isLive }) => ({ leaseId, jobName, startedAtMs, isLive, connections: of(leaseId) }));
  return { state: { kind: 'ready', leases }, again };
}
