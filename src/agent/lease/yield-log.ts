import type { ReasonCode, YieldMeans, YieldRecord } from '../../contract/model/presence.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Db } from '../store/open.ts';
import { insertYield, setYieldResumed } from '../store/yield-rows.ts';

export interface YieldLogDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Says that the yields have changed. */
  readonly yielded: () => void;
}

/** Measures the yields of one job, and writes them down once the machine has been given back: nothing is written on the way there. */
export interface YieldLog {
  /** One begins. One that is under way and not done is forgotten: it led to this one. */
  begin(kind: YieldRecord['kind'], causes: readonly ReasonCode[], sinceMonotonicMs: number): void;
  /** An attempt has failed. */
  failed(): void;
  /** The job stands still, or is gone. Nothing happens where none is under way. */
  done(means: YieldMeans): void;
  /** The job goes on in full. */
  resumed(): void;
}

export function openYieldLog({ db, clock, logger, yielded }: YieldLogDeps, leaseId: string, jobName: string): YieldLog {
  let underWay: { readonly kind: YieldRecord['kind']; readonly causes: readonly ReasonCode[]; readonly sinceMs: number } | null = null;
  let failedAttempts = 0;
  let notResumed: number[] = [];

  /** After this turn, so that a job which is given back in the same turn does not wait for the disk. */
  const later = (write: () => void): void => {
    setImmediate(() => {
      if (!db.open) return;
      try {
        db.transaction(write)();
      } catch (error) {
        logger.error({ leaseId, error }, 'a yield could not be written down'); // a figure for the screen: nothing depends on it
      }
      yielded();
    });
  };

  return {
    begin(kind, causes, sinceMonotonicMs) {
      underWay = { kind, causes, sinceMs: sinceMonotonicMs };
      failedAttempts = 0;
    },
    failed() {
      failedAttempts += 1;
    },
    done(means) {
      if (underWay === null) return;
      const { kind, causes, sinceMs } = underWay;
      underWay = null;
      const latencyMs = Math.max(0, clock.monotonicMs() - sinceMs);
      const record = {
        ...{ leaseId, jobName, kind, means, causes: [...causes], failedAttempts },
        atMs: Math.round(clock.nowMs() - latencyMs),
        latencyUs: Math.round(latencyMs * 1_000),
      };
      later(() => notResumed.push(insertYield(db, record)));
    },
    resumed() {
      const atMs = clock.nowMs();
      underWay = null;
      later(() => {
        for (const id of notResumed) setYieldResumed(db, id, atMs);
        notResumed = [];
      });
    },
  };
}
