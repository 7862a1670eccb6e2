import type { LiveLease } from '../../../src/contract/worker-api.ts';
import { formatDuration } from '../../ui/format/duration.ts';
import { t } from '../../ui/i18n/t.ts';

/** What stopping a job by hand loses of its work. */
export type StopCost = { readonly kind: 'none' } | { readonly kind: 'all' | 'unsaved' | 'since-checkpoint'; readonly lostMs: number };

export function stopCost({ unfrozenMs, checkpoint }: Pick<LiveLease, 'unfrozenMs' | 'checkpoint'>): StopCost {
  if (unfrozenMs === 0) return { kind: 'none' };
  if (checkpoint === null) return { kind: 'all', lostMs: unfrozenMs };
  if (checkpoint.savedMs === null) return { kind: 'unsaved', lostMs: unfrozenMs };
  return { kind: 'since-checkpoint', lostMs: Math.max(0, unfrozenMs - checkpoint.savedMs) };
}

export const stopCostText = (cost: StopCost): string =>
  cost.kind === 'none' ? t('stop.cost.none') : t(`stop.cost.${cost.kind}`, { time: formatDuration(cost.lostMs) });
