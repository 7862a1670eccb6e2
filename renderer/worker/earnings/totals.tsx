import type { ReactNode } from 'react';
import type { PastLease } from '../../../src/contract/worker-api.ts';
import { formatMoment } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { Money } from '../../ui/money.tsx';
import { useNow } from '../../ui/use-now.ts';
import { useWorker } from '../store.ts';
import { moneyState } from './lease-words.ts';

/** Three sums that are never added up for the owner: only the first can be paid out. */
export function Totals() {
  const { currency, availableMicro, pendingMicro, unsealedMicro, recent } = useWorker((state) => state.earnings);
  const nowMs = useNow();
  const next = nextRelease(recent, nowMs);
  const pendingWhy =
    pendingMicro === 0
      ? t('totals.pending.none')
      : next === null
        ? t('totals.pending.why')
        : t('totals.pending.until', { at: formatMoment(next, nowMs) });
  return (
    <section aria-label={t('totals.title')}>
      <dl className="grid gap-px overflow-hidden rounded-xl border border-line bg-line sm:grid-cols-3">
        <Total name="available" why={t('totals.available.why')}>
          <Money micro={availableMicro} currency={currency} className="[&>span]:text-sm" />
        </Total>
        <Total name="pending" why={pendingWhy}>
          <Money micro={pendingMicro} currency={currency} className="[&>span]:text-sm" />
        </Total>
        <Total name="unsealed" why={t(unsealedMicro === 0 ? 'totals.unsealed.none' : 'totals.unsealed.why')}>
          <Money micro={unsealedMicro} currency={currency} className="[&>span]:text-sm" />
        </Total>
      </dl>
    </section>
  );
}

function Total(props: { readonly name: 'available' | 'pending' | 'unsealed'; readonly why: string; readonly children: ReactNode }) {
  return (
    <div className="bg-surface p-5" data-testid={`total-${props.name}`}>
      <dt className="text-[13px] font-medium text-muted">{t(`totals.${props.name}`)}</dt>
      <dd className="mt-1 text-[22px] leading-8 font-semibold tracking-tight">{props.children}</dd>
      <dd className="mt-1 text-xs text-pretty text-muted">{props.why}</dd>
    </div>
  );
}

/** When the next pending part leaves the holdback, as far as the shown leases tell. */
function nextRelease(leases: readonly PastLease[], nowMs: number): number | null {
  const times = leases.map((lease) => moneyState(lease, nowMs)).flatMap((state) => (state.kind === 'pending' ? [state.availableAtMs] : []));
  return times.length === 0 ? null : Math.min(...times);
}
