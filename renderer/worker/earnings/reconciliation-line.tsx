import { formatMoney } from '../../ui/format/money.ts';
import { formatRelative } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { useNow } from '../../ui/use-now.ts';
import { useWorker } from '../store.ts';

/** A line that counted seconds would never be quiet. */
const JUST_NOW_MS = 60_000;

/** Quiet while both ledgers agree, loud when they do not. */
export function ReconciliationLine() {
  const reconciliation = useWorker((state) => state.earnings.reconciliation);
  const currency = useWorker((state) => state.earnings.currency);
  const nowMs = useNow();
  if (reconciliation === null) {
    return (
      <p data-testid="reconciliation" data-state="never" className="flex items-center gap-2 px-1 text-[13px] text-muted">
        <Icon name="wait" />
        {t('reconciliation.never')}
      </p>
    );
  }
  const { atMs, ownMicro, networkMicro, equal } = reconciliation;
  const checked =
    nowMs - atMs < JUST_NOW_MS ? t('reconciliation.just-checked') : t('reconciliation.checked', { ago: formatRelative(atMs, nowMs) });
  if (equal) {
    return (
      <p data-testid="reconciliation" data-state="equal" className="flex items-center gap-2 px-1 text-[13px] text-muted">
        <Icon name="check" className="size-4 text-good" />
        <span>
          {t('reconciliation.equal')} · <span className="tabular-nums">{checked}</span>
        </span>
      </p>
    );
  }
  const difference = ownMicro > networkMicro ? ownMicro - networkMicro : networkMicro - ownMicro;
  return (
    <div role="alert" data-testid="reconciliation" data-state="unequal" className="flex gap-3 rounded-xl border border-bad bg-bad/10 p-5">
      <Icon name="alert" className="mt-0.5 size-4 text-bad" />
      <div>
        <p className="font-semibold text-bad">{t('reconciliation.unequal')}</p>
        <p className="mt-1 text-pretty tabular-nums">
          {t('reconciliation.unequal.detail', {
            own: formatMoney(ownMicro, currency),
            network: formatMoney(networkMicro, currency),
            difference: formatMoney(difference, currency),
          })}{' '}
          <span className="text-muted">({checked})</span>
        </p>
      </div>
    </div>
  );
}
