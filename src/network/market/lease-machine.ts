/** A lease as the network sees it. `closing`: the worker's result is durable here, its log and artifacts are being fetched. */
export type LeaseState = 'proposed' | 'granted' | 'active' | 'closing' | 'closed';

export type LeaseEvent =
  | 'granted'
  /** The worker's record that the container runs. */
  | 'running'
  /** The worker's record of how the run ended. */
  | 'result'
  /** The final invoice is written. */
  | 'sealed';

export const LEASE_STATES: readonly LeaseState[] = ['proposed', 'granted', 'active', 'closing', 'closed'];
export const LEASE_EVENTS: readonly LeaseEvent[] = ['granted', 'running', 'result', 'sealed'];

/**
 * The next state, or null where the event changes nothing: late and repeated events are normal, because a worker's records are
 * sent until they are acknowledged and its answer to a grant may be lost.
 */
export function nextLeaseState(state: LeaseState, event: LeaseEvent): LeaseState | null {
  switch (event) {
    case 'granted':
      return state === 'proposed' ? 'granted' : null;
    case 'running':
      return state === 'proposed' || state === 'granted' ? 'active' : null;
    case 'result':
      return state === 'proposed' || state === 'granted' || state === 'active' ? 'closing' : null;
    case 'sealed':
      return state === 'closed' ? null : 'closed';
  }
}
