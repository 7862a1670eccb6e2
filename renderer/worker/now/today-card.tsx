import { Card } from '../../ui/card.tsx';
import { t } from '../../ui/i18n/t.ts';
import { Money } from '../../ui/money.tsx';
import { TestBadge } from '../../ui/test-badge.tsx';
import { useWorker } from '../store.ts';

export function TodayCard() {
  const { currency, todayNetMicro, todayGrossMicro, todayFeeMicro } = useWorker((state) => state.earnings);
  return (
    <Card title={t('today.title')} aside={currency === 'TEST' && <TestBadge />} testId="today">
      <p data-testid="today-net" className="text-2xl leading-9 font-semibold tracking-tight">
        <Money micro={todayNetMicro} currency={currency} className="[&>span]:text-sm" />
      </p>
      <dl className="mt-3 grid grid-cols-[1fr_auto] gap-x-4 gap-y-1 border-t border-line pt-3 text-[13px] text-muted">
        <dt>{t('today.gross')}</dt>
        <dd className="text-right">
          <Money micro={todayGrossMicro} currency={currency} />
        </dd>
        <dt>{t('today.fee')}</dt>
        <dd className="text-right">
          <Money micro={todayFeeMicro} currency={currency} />
        </dd>
      </dl>
    </Card>
  );
}
