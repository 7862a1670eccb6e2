import type { RunningJob } from '../presence/verdict.ts';
import type { LeaseRow } from '../store/lease-rows.ts';

/** A lease's job as presence decides about it. */
export const jobOf = ({ terms, runNow }: LeaseRow): RunningJob => ({
  leaseId: terms.leaseId,
  deviceId: terms.deviceId,
  deviceClass: terms.spec.deviceClass,
  runNow,
});
