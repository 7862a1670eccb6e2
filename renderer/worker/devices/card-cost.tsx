import type { HardwareDevice } from '../../../src/contract/model/device.ts';
import { formatCredits } from '../../ui/format/money.ts';
import { t } from '../../ui/i18n/t.ts';
import { useWorker } from '../store.ts';
import { formatAmount, VERDICT_TONE } from './cost-words.ts';

/** What an hour of it costs and is offered for, and whether that pays; nothing of what cannot be offered. */
export function CardCost({ device }: { readonly device: HardwareDevice }) {
  const cost = useWorker((state) => state.costs.find(({ deviceId }) => deviceId === device.id));
  const currency = useWorker((state) => state.earnings.currency);
  if (cost === undefined || device.unshareable !== null) return null;
  return (
    <p
      className="mt-2 text-[13px] text-pretty text-muted tabular-nums"
      data-testid="card-cost"
      data-verdict={cost.verdict}
      title={cost.verdictDetail}
    >
      {t('card.cost-line', {
        cost: formatCredits(cost.costMicroPerHour, 'glance'),
        ask: formatAmount(cost.askMicroPerHour, currency, 'glance'),
      })}{' '}
      · <span className={VERDICT_TONE[cost.verdict]}>{t(`cost.${cost.verdict}.short`)}</span>
    </p>
  );
}
