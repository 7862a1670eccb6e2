import type { Currency } from '../../../src/contract/model/money.ts';
import { Card } from '../../ui/card.tsx';
import { t } from '../../ui/i18n/t.ts';
import { Money } from '../../ui/money.tsx';
import { useWorker } from '../store.ts';

export function TodayCard() {
  const { currency, todayNetMicro, todayGrossMicro, todayFeeMicro, recent } = useWorker((state) => state.earnings);
  const leases = useWorker((state) => state.leases);
  const sealed = new Set(recent.filter((lease) => lease.sealed).map((lease) => lease.leaseId));
  // Of the figures that the job's card shows, so that both always agree.
  const unsealedMicro = leases.reduce((sum, lease) => (sealed.has(lease.leaseId) ? sum : sum + lease.netMicro), 0);
  return (
    <Card title={t('today.title')} testId="today">
      <p data-testid="today-net" className="text-2xl leading-9 font-semibold tracking-tight">
        <Money micro={todayNetMicro} currency={currency} className="[&>span]:text-sm" />
      </p>
      <dl className="mt-3 grid grid-cols-[1fr_auto] gap-x-4 gap-y-1 border-t border-line pt-3 text-[13px] text-muted">
        <Row term={t('today.gross')} micro={todayGrossMicro} currency={currency} />
        <Row term={t('today.fee')} micro={todayFeeMicro} currency={currency} />
        <Row term={t('today.unsealed')} micro={unsealedMicro} currency={currency} />
      </dl>
    </Card>
  );
}

function Row(props: { readonly term: string; readonly micro: number; readonly currency: Currency | null }) {
  return (
    <>
      <dt>{props.term}</dt>
      <dd className="text-right">
        <Money micro={props.micro} currency={props.currency} />
      </dd>
    </>
  );
}
