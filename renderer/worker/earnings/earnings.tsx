import { t } from '../../ui/i18n/t.ts';
import { useWorker } from '../store.ts';
import { LeaseList } from './lease-list.tsx';
import { NetChart } from './net-chart.tsx';
import { ReconciliationLine } from './reconciliation-line.tsx';
import { Totals } from './totals.tsx';

/** What came in, where it is now, and the proof of it. */
export function Earnings() {
  const currency = useWorker((state) => state.earnings.currency);
  return (
    <>
      <h1 className="text-3xl leading-9 font-semibold tracking-tight">{t('earnings.title')}</h1>
      <p className="mt-1 text-[15px] text-pretty text-muted">
        {t('earnings.subtitle')} {currency === 'TEST' && t('test.explained')}
      </p>
      <div className="mt-6 grid gap-4">
        <Totals />
        <ReconciliationLine />
        <NetChart />
        <LeaseList />
      </div>
    </>
  );
}
