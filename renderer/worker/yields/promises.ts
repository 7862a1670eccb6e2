import type { Yields } from '../../../src/contract/model/presence.ts';

/** What Nightshift promises its owner for 95 of 100 yields, microseconds (`docs/benchmarks.md`). */
export const PROMISED_P95_US = { freeze: 100_000, evict: 2_000_000 } as const;
export type MeasuredKind = keyof typeof PROMISED_P95_US;

export type Kept = 'holds' | 'broken' | 'unmeasured';

export function promiseKept(kind: MeasuredKind, latencies: Yields['freeze']): Kept {
  if (latencies === null) return 'unmeasured';
  return latencies.p95Us <= PROMISED_P95_US[kind] ? 'holds' : 'broken';
}
