import type { BenchmarkRun, DeviceBenchmark } from '../../../../src/contract/model/benchmark.ts';
import { useWorker } from '../../store.ts';

export interface BenchmarkView {
  /** Null: the agent has said nothing of this device yet. */
  readonly known: DeviceBenchmark | null;
  readonly running: BenchmarkRun | null;
  /** How many are measured before it; null: it does not wait. */
  readonly before: number | null;
}

export function useBenchmark(deviceId: string): BenchmarkView {
  const known = useWorker((state) => state.benchmarks.devices.find((one) => one.deviceId === deviceId) ?? null);
  const running = useWorker((state) => (state.benchmarks.running?.deviceId === deviceId ? state.benchmarks.running : null));
  const place = useWorker((state) => state.benchmarks.waiting.indexOf(deviceId));
  return { known, running, before: place < 0 ? null : place };
}
