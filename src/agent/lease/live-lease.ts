import { chargeMicro, feeMicro } from '../../contract/model/money.ts';
import type { LeaseStep, LiveLease } from '../../contract/worker-api.ts';
import type { LeaseRow } from '../store/lease-rows.ts';
import type { Run } from './run.ts';

/** A lease as the screen shows it: what is durable, and what its run says beyond that. */
export function liveLease(row: LeaseRow, run: Run | undefined, needsInputs: boolean): LiveLease {
  const { terms } = row;
  const view = run?.view();
  const unfrozenMs = Math.max(row.unfrozenMs, view?.unfrozenMs ?? 0);
  const charge = chargeMicro(unfrozenMs, terms.microPerHour);
  return {
    leaseId: terms.leaseId,
    jobId: terms.jobId,
    jobName: terms.spec.name,
    image: terms.spec.image,
    deviceId: terms.deviceId,
    step: view?.step ?? stepOfState(row, needsInputs),
    progress: view?.progress ?? null,
    startedAtMs: row.startedAtMs,
    unfrozenMs,
    maxUnfrozenMs: terms.maxUnfrozenMs,
    microPerHour: terms.microPerHour,
    chargeMicro: charge,
    netMicro: charge - feeMicro(charge, terms.takeRateBasisPoints),
    network: terms.spec.network,
    memoryBytes: terms.spec.memoryBytes,
    cpus: terms.spec.cpus,
    logTail: [...(view?.logTail ?? [])],
    throttled: view?.throttled ?? false,
    checkpoint: terms.spec.checkpoint && { intervalMs: terms.spec.checkpoint.intervalMs, savedMs: view?.checkpointSavedMs ?? null },
  };
}

/** What a lease without a run of its own is at: waiting to begin, or waiting for the network to settle it. */
function stepOfState(row: LeaseRow, needsInputs: boolean): LeaseStep {
  switch (row.state) {
    case 'granted':
      return needsInputs ? 'waiting-for-inputs' : 'checking-image';
    case 'starting':
      return 'checking-image';
    case 'running':
    case 'frozen':
      return row.state;
    case 'ended':
    case 'sealed':
      return 'settling';
  }
}
