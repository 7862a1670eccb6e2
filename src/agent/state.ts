import type { SliceName, StateFrame, WorkerState } from '../contract/worker-api.ts';
import { createPulse } from '../lib/pulse.ts';

/** The agent's observable state: a tree of slices, each replaced whole. The UI, the tray and the CLI are clients of it. */
export interface StateTree {
  get<K extends SliceName>(slice: K): WorkerState[K];
  /** Replaces a slice; nothing is said when it is equal to what was there. */
  set<K extends SliceName>(slice: K, value: WorkerState[K]): void;
  /** One snapshot, then the slices that changed, coalesced between two reads. Revisions count up by one. Ends with the signal. */
  watch(signal: AbortSignal): AsyncGenerator<StateFrame, void, void>;
}

export function createStateTree(initial: WorkerState): StateTree {
  let state = initial;
  const changed = createPulse();
  return {
    get: (slice) => state[slice],
    set(slice, value) {
      if (JSON.stringify(state[slice]) === JSON.stringify(value)) return;
      state = { ...state, [slice]: value };
      changed.fire();
    },
    async *watch(signal) {
      using changes = changed.listen(signal);
      let sent = state;
      let revision = 1;
      yield { kind: 'snapshot', revision, state: sent };
      while (await changes.next()) {
        const slices = changedSlices(sent, state);
        sent = state;
        revision += 1;
        yield { kind: 'change', revision, slices };
      }
    },
  };
}

function changedSlices(before: WorkerState, after: WorkerState): Partial<WorkerState> {
  return Object.fromEntries(Object.entries(after).filter(([slice, value]) => before[slice as SliceName] !== value));
}
