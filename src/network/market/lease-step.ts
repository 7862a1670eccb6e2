import type { WorkerLease } from '../../contract/session-api.ts';
import type { NetworkOptions } from '../constants.ts';
import type { Ending } from './disposition.ts';
import type { LeaseState } from './lease-machine.ts';

/** All that decides what to do next for one lease. Durations in ms, on our own monotonic clock since we first saw it so. */
export interface LeaseSituation {
  readonly state: LeaseState;
  readonly cancelRequested: boolean;
  readonly online: boolean;
  /** 0 while online. */
  readonly offlineForMs: number;
  /** What the worker says of the lease: null when it has not said anything yet. */
  readonly atWorker: WorkerLease['state'] | null;
  /** For how long the worker, online, has not known this lease. */
  readonly unknownForMs: number;
  /** For how long the renter has waited for a cancel; 0 without one. */
  readonly cancellingForMs: number;
  readonly inStateForMs: number;
  /** For how long no usage has been added. */
  readonly silentForMs: number;
  /** For how long our own step has failed again and again; 0 when it has not. */
  readonly failingForMs: number;
}

export type LeaseStep =
  | { readonly kind: 'wait' }
  | { readonly kind: 'grant' }
  /** Inputs, then start. */
  | { readonly kind: 'launch' }
  | { readonly kind: 'cancel' }
  /** Log and artifacts, then the seal with the worker's result. */
  | { readonly kind: 'collect' }
  /** The seal with what is here: what was not fetched by now will not be. */
  | { readonly kind: 'give-up-collecting' }
  | { readonly kind: 'close'; readonly ending: Extract<Ending, { by: 'network' }> };

const WAIT: LeaseStep = { kind: 'wait' };
const close = (reason: 'agent-lost' | 'cancelled', granted: boolean): LeaseStep => ({
  kind: 'close',
  ending: { by: 'network', reason, granted },
});

/** The next step of one lease, from levels alone: the same situation always gives the same step, whatever was missed. */
export function nextStep(lease: LeaseSituation, options: NetworkOptions): LeaseStep {
  const lost =
    lease.offlineForMs >= options.lostAfterMs ||
    lease.cancellingForMs >= options.lostAfterMs ||
    lease.unknownForMs >= options.unknownLeaseGraceMs;
  switch (lease.state) {
    case 'closed':
      return WAIT;
    case 'proposed':
      if (lease.cancelRequested) return close('cancelled', false);
      if (lease.offlineForMs >= options.proposalTimeoutMs || lease.failingForMs >= options.proposalTimeoutMs)
        return close('agent-lost', false);
      return lease.online ? { kind: 'grant' } : WAIT;
    case 'granted':
      if (lost || lease.inStateForMs >= options.startDeadlineMs) return close('agent-lost', true);
      if (!lease.online) return WAIT;
      if (lease.cancelRequested) return { kind: 'cancel' };
      return lease.atWorker === 'granted' ? { kind: 'launch' } : WAIT;
    case 'active':
      if (lost || lease.silentForMs >= options.silenceLimitMs) return close('agent-lost', true);
      return lease.online && lease.cancelRequested ? { kind: 'cancel' } : WAIT;
    case 'closing':
      if (lease.offlineForMs >= options.lostAfterMs || lease.failingForMs >= options.lostAfterMs) return { kind: 'give-up-collecting' };
      return lease.online ? { kind: 'collect' } : WAIT;
  }
}
