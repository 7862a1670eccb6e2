import type { ReasonCode } from '../../contract/model/presence.ts';

/** What the owner's presence asks of one running job now. */
export type Verdict =
  | { readonly kind: 'run' }
  /** `cpuShare`: of the logical processors, more than 0. */
  | ({ readonly kind: 'throttle'; readonly cpuShare: number } & Cause)
  | ({ readonly kind: 'freeze' } & Cause)
  /** At once and without a grace: a game or a full-screen program wants the machine. */
  | ({ readonly kind: 'evict' } & Cause);

interface Cause {
  readonly causes: readonly ReasonCode[];
  /** When the first of the causes began, on the monotonic clock, as near as its sensor can tell. */
  readonly sinceMonotonicMs: number;
}

/** A job that holds a device, as far as presence decides by it. */
export interface RunningJob {
  readonly leaseId: string;
  readonly deviceId: string;
  readonly deviceClass: 'cpu' | 'gpu';
  /** The owner's "run now" was given for this job. */
  readonly runNow: boolean;
}
