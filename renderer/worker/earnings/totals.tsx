import type { ReactNode } from 'react';
import type { Earnings } from '../../../src/contract/worker-api.ts';
import { formatSpokenDuration } from '../../ui/format/duration.ts';
import { formatMoment } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { Money } from '../../ui/money.tsx';
import { useNow } from '../../ui/use-now.ts';
import { useWorker } from '../store.ts';

/** Three sums that are never added up for the owner: only the first can be paid out. */
export function Totals() {
  const earnings = useWorker((state) => state.earnings);
  const { currency, availableMicro, pendingMicro, unsealedMicro } = earnings;
  const nowMs = useNow();
  return (
    <section aria-label={t('totals.title')}>
      <dl className="grid gap-px overflow-hidden rounded-xl border border-line bg-line sm:grid-cols-3">
        <Total name="available" why={t('totals.available.why')}>
          <Money micro={availableMicro} currency={currency} className="[&>span]:text-sm" />
        </Total>
        <Total name="pending" why={pendingText(earnings, nowMs)}>
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
      <dd className="mt-1 text-xs text-balance text-muted">{props.why}</dd>
    </div>
  );
}

/** How long pay is held back here, and when the next part of it is free. */
function pendingText({ pendingMicro, holdbackMs, nextAvailableAtMs }: Earnings, nowMs: number): string {
  const rule = holdbackMs === null || holdbackMs === 0 ? null : t('totals.pending.rule', { time: formatSpokenDuration(holdbackMs) });
  if (pendingMicro === 0 || nextAvailableAtMs === null) return rule ?? t('totals.pending.none');
  const next = t('totals.pending.next', { at: formatMoment(nextAvailableAtMs, nowMs) });
  return rule === null ? next : `${rule} ${next}`;
}
