import type { BenchmarkRecord } from '../../contract/model/benchmark.ts';
import type { WorkerState } from '../../contract/worker-api.ts';

type Benchmarks = WorkerState['benchmarks'];

/** How the measuring of one device ended; null: it was cancelled before it had begun, and nothing is on record. */
export type RunEnd = BenchmarkRecord | null;

/** Follows the devices that were asked for, from state to state. */
export interface RunEnds {
  /** Takes the next state; returns the ends that are known now, by device, in the order in which they came. */
  take(now: Benchmarks): ReadonlyMap<string, RunEnd>;
}

/** `before`: the state in which they were asked for. */
export function followRuns(before: Benchmarks, deviceIds: readonly string[]): RunEnds {
  const lastBefore = new Map(before.devices.map(({ deviceId, last }) => [deviceId, runIdOf(last)]));
  const seen = new Set<string>();
  const ends = new Map<string, RunEnd>();
  return {
    take(now) {
      for (const id of deviceIds) {
        if (ends.has(id)) continue;
        if (now.running?.deviceId === id || now.waiting.includes(id)) {
          seen.add(id);
          continue;
        }
        const last = now.devices.find(({ deviceId }) => deviceId === id)?.last ?? null;
        const isNew = last !== null && runIdOf(last) !== (lastBefore.get(id) ?? null);
        if (isNew) ends.set(id, last);
        else if (seen.has(id)) ends.set(id, null);
      }
      return ends;
    },
  };
}

function runIdOf(record: BenchmarkRecord | null): string | null {
  if (record === null) return null;
  return record.kind === 'result' ? record.result.runId : record.failure.runId;
}
