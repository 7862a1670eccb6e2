import type { OwnerMode, Presence, ReasonCode } from '../../../src/contract/model/presence.ts';
import type { LeaseStep, LiveLease, WorkerState } from '../../../src/contract/worker-api.ts';

/** What the owner sees first: is it working, and why or why not. */
export type Headline =
  | { readonly kind: 'offline' }
  | { readonly kind: 'earning' | 'gentle'; readonly jobNames: readonly string[]; readonly finishUntilMs: number | null }
  | { readonly kind: 'paused'; readonly mode: 'paused' | 'finishing'; readonly untilMs: number }
  | { readonly kind: 'frozen'; readonly jobName: string; readonly next: NextStart | null }
  | { readonly kind: 'attention'; readonly codes: readonly ReasonCode[] }
  | {
      readonly kind: 'given-back';
      readonly codes: readonly ReasonCode[];
      readonly jobName: string;
      readonly atMs: number;
      readonly next: NextStart | null;
    }
  | { readonly kind: 'waiting'; readonly cause: WaitingCause; readonly next: NextStart | null };

/** When work may start again. `ifAway`: only if the owner does nothing with the machine until then. */
export interface NextStart {
  readonly atMs: number;
  readonly ifAway: boolean;
}

export type WaitingCause =
  | { readonly kind: 'preparing' | 'settling'; readonly jobName: string }
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
export const NEEDS_A_PERSON: ReadonlySet<ReasonCode> = new Set([
  'engine-missing',
  'sandbox-failed',
  'not-enrolled',
  'no-device',
  'device-lost',
  'disk-full',
]);

/** Reasons whose end is moved by each key press. */
export const ENDS_IF_AWAY: ReadonlySet<ReasonCode> = new Set(['owner-active', 'gamepad-active']);

export function headline(connected: boolean, state: Pick<WorkerState, 'presence' | 'leases' | 'yields'>): Headline {
  if (!connected) return { kind: 'offline' };
  const { presence, leases, yields } = state;
  const { mode } = presence;
  const running = leases.filter((lease) => leasePhase(lease.step) === 'running');
  if (running.length > 0)
    return {
      kind: running.every((lease) => lease.throttled) ? 'gentle' : 'earning',
      jobNames: running.map((lease) => lease.jobName),
      finishUntilMs: mode.kind === 'finishing' ? mode.untilMs : null,
    };
  if (mode.kind === 'paused' || mode.kind === 'finishing') return { kind: 'paused', mode: mode.kind, untilMs: mode.untilMs };
  const codes = presence.reasons.map((reason) => reason.code);
  if (codes.some((code) => NEEDS_A_PERSON.has(code))) return { kind: 'attention', codes };
  const next = nextStart(presence);
  const frozen = leases.find((lease) => leasePhase(lease.step) === 'frozen');
  if (frozen !== undefined) return { kind: 'frozen', jobName: frozen.jobName, next };
  const [latest] = yields.recent;
  const hasMadeWay = leases.every((lease) => leasePhase(lease.step) === 'finishing');
  if (hasMadeWay && latest?.kind === 'evict' && latest.causes.some((cause) => codes.includes(cause)))
    return { kind: 'given-back', codes, jobName: latest.jobName, atMs: latest.atMs, next };
  return { kind: 'waiting', cause: waitingCause(leases[0], codes, mode.kind), next };
}

function nextStart({ nextEligibleAtMs, reasons }: Presence): NextStart | null {
  if (nextEligibleAtMs === null) return null;
  return { atMs: nextEligibleAtMs, ifAway: reasons.some((reason) => ENDS_IF_AWAY.has(reason.code)) };
}

function waitingCause(lease: LiveLease | undefined, codes: readonly ReasonCode[], mode: OwnerMode['kind']): WaitingCause {
  if (lease !== undefined) return { kind: leasePhase(lease.step) === 'preparing' ? 'preparing' : 'settling', jobName: lease.jobName };
  if (codes.length > 0) return { kind: 'reasons', codes };
  return mode === 'run-now' ? { kind: 'one-job' } : { kind: 'ready' };
}
