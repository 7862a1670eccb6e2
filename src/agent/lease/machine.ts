import type { LeaseState } from '../store/lease-rows.ts';

/** What can happen to a lease on the worker. */
export type LeaseEvent = 'start' | 'started' | 'freeze' | 'thaw' | 'end' | 'seal';

/**
 * The worker's side of a lease, pure. The network may seal at any time: it closed the lease without us (it took us for lost,
 * or the device moved on), and what still runs is killed. Null: the event does not apply in this state and changes nothing.
 */
export function nextLeaseState(state: LeaseState, event: LeaseEvent): LeaseState | null {
  switch (event) {
    case 'start':
      return state === 'granted' ? 'starting' : null;
    case 'started':
      return state === 'starting' ? 'running' : null;
    case 'freeze':
      return state === 'running' ? 'frozen' : null;
    case 'thaw':
      return state === 'frozen' ? 'running' : null;
    case 'end':
      return state === 'ended' || state === 'sealed' ? null : 'ended';
    case 'seal':
      return state === 'sealed' ? null : 'sealed';
  }
}

/** Whether the lease holds its device. */
export const holdsDevice = (state: LeaseState): boolean =>
  state === 'granted' || state === 'starting' || state === 'running' || state === 'frozen';
