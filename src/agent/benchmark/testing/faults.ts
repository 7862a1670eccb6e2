import type { BenchmarkFailureCode } from '../../../contract/model/benchmark.ts';

/** What a driver may do to the process that uses it, and what a run must then end as. `slow` is no fault: it takes its time and is waited for. */
export const FAULTS = {
  hang: 'hung',
  stuck: 'hung',
  segfault: 'crashed',
  abort: 'crashed',
  memory: 'out-of-memory',
  lost: 'device-lost',
  exit: 'failed',
  kill: 'failed',
  garbage: 'failed',
  flood: 'failed',
  'wrong-bits': 'wrong-results',
  slow: 'done',
} as const satisfies Record<string, BenchmarkFailureCode | 'done'>;
export type Fault = keyof typeof FAULTS;
export const faults = Object.keys(FAULTS) as readonly Fault[]; // exactly its keys
