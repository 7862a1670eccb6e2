import type { ContractRouterClient } from '@orpc/contract';
import { create } from 'zustand';
import type { WorkerState, workerContract } from '../../src/contract/worker-api.ts';
import type { HeldState } from './follow-state.ts';

export type WorkerClient = ContractRouterClient<typeof workerContract>;

/**
 * `lost`: the agent went away, we try again. `refused`: the token is wrong or missing, trying again cannot help.
 * `outdated`: the agent speaks a newer contract than this page; only loading the page again helps.
 */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live'; readonly client: WorkerClient }
  | { readonly kind: 'lost'; readonly sinceMs: number }
  | { readonly kind: 'refused' }
  | { readonly kind: 'outdated' };

export interface WorkerStore {
  readonly connection: Connection;
  /** null before the first snapshot; kept while the connection is lost. */
  readonly held: HeldState | null;
}

export const useWorkerStore = create<WorkerStore>(() => ({ connection: { kind: 'connecting' }, held: null }));

export const useConnection = (): Connection => useWorkerStore((store) => store.connection);

/** Selects from the agent's state. Screens that call it are shown only once there is a snapshot. */
export function useWorker<T>(select: (state: WorkerState) => T): T {
  return useWorkerStore((store) => {
    if (store.held === null) throw new Error('a screen was shown before the first snapshot');
    return select(store.held.state);
  });
}
