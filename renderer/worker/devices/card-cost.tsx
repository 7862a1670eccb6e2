import { formatCredits } from '../../ui/format/money.ts';
import { t } from '../../ui/i18n/t.ts';
import { useWorker } from '../store.ts';
import { formatAmount, VERDICT_TONE } from './cost-words.ts';

/** What an hour of it costs and is offered for, and whether that pays. */
export function CardCost({ deviceId }: { readonly deviceId: string }) {
  const cost = useWorker((state) => state.costs.find((one) => one.deviceId === deviceId));
  const currency = useWorker((state) => state.earnings.currency);
  if (cost === undefined) return null;
  return (
    <p
      className="mt-2 text-[13px] text-pretty text-muted tabular-nums"
      data-testid="card-cost"
      data-verdict={cost.verdict}
      title={cost.verdictDetail}
    >
      {t('card.cost-line', { cost: formatCredits(cost.costMicroPerHour, 'short'), ask: formatAmount(cost.askMicroPerHour, currency) })} ·{' '}
      <span className={VERDICT_TONE[cost.verdict]}>{t(`cost.${cost.verdict}.short`)}</span>
    </p>
  );
}
