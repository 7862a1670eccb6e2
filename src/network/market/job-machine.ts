import type { JobState } from '../../contract/model/job.ts';

export type JobEvent =
  | { readonly kind: 'placed' }
  | { readonly kind: 'granted' }
  | { readonly kind: 'running' }
  | { readonly kind: 'requeued' }
  | { readonly kind: 'ended'; readonly as: 'succeeded' | 'failed' | 'cancelled' | 'timed-out' };

/** The next state, or null where the event changes nothing. An ended job stays as it ended. */
export function nextJobState(state: JobState, event: JobEvent): JobState | null {
  switch (state) {
    case 'succeeded':
    case 'failed':
    case 'cancelled':
    case 'timed-out':
      return null;
    case 'queued':
      switch (event.kind) {
        case 'placed':
          return 'placing';
        case 'ended':
          return event.as === 'cancelled' ? 'cancelled' : null;
        case 'granted':
        case 'running':
        case 'requeued':
          return null;
      }
      break;
    case 'placing':
    case 'starting':
    case 'running':
      switch (event.kind) {
        case 'placed':
          return null;
        case 'granted':
          return state === 'placing' ? 'starting' : null;
        case 'running':
          return state === 'running' ? null : 'running';
        case 'requeued':
          return 'queued';
        case 'ended':
          return event.as;
      }
  }
}
