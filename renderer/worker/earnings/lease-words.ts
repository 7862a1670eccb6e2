import type { PastLease } from '../../../src/contract/worker-api.ts';
import { formatDate } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';

/** How a lease ended, in words: the worker's outcome, or the network's reason where the worker could not say. */
export function endedText(lease: Pick<PastLease, 'outcome' | 'closeReason' | 'endedAtMs'>): string {
  if (lease.outcome?.kind === 'exited' && lease.outcome.exitCode !== 0) return t('ended.failed', { code: lease.outcome.exitCode });
  const kind = lease.outcome?.kind ?? lease.closeReason;
  if (kind !== null) return t(`ended.${kind}`);
  return t(lease.endedAtMs === null ? 'ended.not-yet' : 'ended.unknown');
}

export type MoneyState =
  | { readonly kind: 'unsealed' }
  | { readonly kind: 'pending'; readonly availableAtMs: number }
  | { readonly kind: 'available' }
  | { readonly kind: 'nothing' };

/** Where a lease's money is. */
export function moneyState(lease: Pick<PastLease, 'sealed' | 'netMicro' | 'availableAtMs'>, nowMs: number): MoneyState {
  if (!lease.sealed) return { kind: 'unsealed' };
  if (lease.netMicro === 0) return { kind: 'nothing' };
  if (lease.availableAtMs !== null && lease.availableAtMs > nowMs) return { kind: 'pending', availableAtMs: lease.availableAtMs };
  return { kind: 'available' };
}

/** With the date on which pending money is free. */
export const moneyText = (state: MoneyState, nowMs: number): string =>
  state.kind === 'pending' ? t('money.pending.until', { at: formatDate(state.availableAtMs, nowMs) }) : t(`money.${state.kind}`);
