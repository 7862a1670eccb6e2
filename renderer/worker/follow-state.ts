import type { StateFrame, WorkerState } from '../../src/contract/worker-api.ts';

/** The agent's state as last heard. */
export interface HeldState {
  readonly revision: number;
  readonly state: WorkerState;
}

/** The state after a frame; null when frames are missing in between and only a new snapshot helps. */
export function applyFrame(held: HeldState | null, frame: StateFrame): HeldState | null {
  if (frame.kind === 'snapshot') return { revision: frame.revision, state: frame.state };
  if (held === null || frame.revision !== held.revision + 1) return null;
  // A slice that did not change is absent from the frame, never undefined: JSON has no undefined.
  return { revision: frame.revision, state: { ...held.state, ...(frame.slices as Partial<WorkerState>) } };
}

/**
 * Follows the agent's state and subscribes again after a gap in revisions; leaving the old stream tells the agent to end it.
 * @returns when the agent ends the stream; throws what the subscription throws
 */
export async function followState(subscribe: () => Promise<AsyncIterable<StateFrame>>, onState: (held: HeldState) => void): Promise<void> {
  for (let gap = true; gap; ) {
    gap = false;
    let held: HeldState | null = null;
    for await (const frame of await subscribe()) {
      held = applyFrame(held, frame);
      if (held === null) {
        gap = true;
        break;
      }
      onState(held);
    }
  }
}
