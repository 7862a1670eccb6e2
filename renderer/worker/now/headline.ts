import type { OwnerMode, ReasonCode } from '../../../src/contract/model/presence.ts';
import type { LeaseStep, LiveLease, WorkerState } from '../../../src/contract/worker-api.ts';

/** What the owner sees first: is it working, and why or why not. */
export type Headline =
  | { readonly kind: 'offline' }
  | { readonly kind: 'earning'; readonly jobNames: readonly string[] }
  | { readonly kind: 'paused'; readonly untilMs: number | null }
  | { readonly kind: 'attention'; readonly codes: readonly ReasonCode[] }
  | { readonly kind: 'waiting'; readonly cause: WaitingCause; readonly nextEligibleAtMs: number | null };

export type WaitingCause =
  | { readonly kind: 'preparing' | 'finishing' | 'frozen'; readonly jobName: string }
  | { readonly kind: 'reasons'; readonly codes: readonly ReasonCode[] }
  | { readonly kind: 'one-job' }
  | { readonly kind: 'ready' };

export type LeasePhase = 'preparing' | 'running' | 'frozen' | 'finishing';

export function leasePhase(step: LeaseStep): LeasePhase {
  switch (step) {
    case 'waiting-for-inputs':
    case 'checking-image':
    case 'pulling-image':
    case 'preparing-disk':
    case 'starting':
      return 'preparing';
    case 'running':
      return 'running';
    case 'frozen':
      return 'frozen';
    case 'collecting':
    case 'reporting':
    case 'settling':
      return 'finishing';
  }
}

/** Reasons that only a person can end. The others end by themselves, or are the owner's choice. */
export const NEEDS_A_PERSON: ReadonlySet<ReasonCode> = new Set(['engine-missing', 'not-enrolled', 'no-device']);

export function headline(connected: boolean, state: Pick<WorkerState, 'presence' | 'leases'>): Headline {
  if (!connected) return { kind: 'offline' };
  const { presence, leases } = state;
  const running = leases.filter((lease) => leasePhase(lease.step) === 'running');
  if (running.length > 0) return { kind: 'earning', jobNames: running.map((lease) => lease.jobName) };
  if (presence.mode.kind === 'paused') return { kind: 'paused', untilMs: presence.mode.untilMs };
  const codes = presence.reasons.map((reason) => reason.code);
  if (codes.some((code) => NEEDS_A_PERSON.has(code))) return { kind: 'attention', codes };
  return { kind: 'waiting', cause: waitingCause(leases[0], codes, presence.mode.kind), nextEligibleAtMs: presence.nextEligibleAtMs };
}

function waitingCause(lease: LiveLease | undefined, codes: readonly ReasonCode[], mode: OwnerMode['kind']): WaitingCause {
  const phase = lease === undefined ? 'running' : leasePhase(lease.step);
  if (lease !== undefined && phase !== 'running') return { kind: phase, jobName: lease.jobName };
  if (codes.length > 0) return { kind: 'reasons', codes };
  return mode === 'run-now' ? { kind: 'one-job' } : { kind: 'ready' };
}
