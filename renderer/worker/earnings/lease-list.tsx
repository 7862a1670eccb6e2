import { useState } from 'react';
import type { PastLease } from '../../../src/contract/worker-api.ts';
import { Card } from '../../ui/card.tsx';
import { DeviceLabel } from '../../ui/device-label.tsx';
import { formatDuration } from '../../ui/format/duration.ts';
import { formatCredits } from '../../ui/format/money.ts';
import { formatMoment } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { Money } from '../../ui/money.tsx';
import { useNow } from '../../ui/use-now.ts';
import { useWorker } from '../store.ts';
import { LeaseDetail } from './lease-detail.tsx';
import { endedText, moneyState, moneyText } from './lease-words.ts';

const TH = 'px-2 pb-2 text-left text-xs font-normal whitespace-nowrap text-faint';
const TD = 'px-2 py-2.5 align-top';
/** Shown where there is room; the detail panel has all of it at any width. */
const WIDE = 'hidden @2xl:table-cell';

/** Every job that ended, newest first; a row opens its receipts. */
export function LeaseList() {
  const { recent, currency } = useWorker((state) => state.earnings);
  const nowMs = useNow();
  const [openId, setOpenId] = useState<string | null>(null);
  const open = recent.find((lease) => lease.leaseId === openId);
  const aside = recent.length > 0 && (
    <p className="text-[13px] text-muted">
      {t('leases.count', { count: recent.length })}
      {currency !== null && ` · ${t('leases.unit', { unit: currency })}`}
    </p>
  );
  return (
    <Card title={t('leases.title')} aside={aside} testId="leases">
      {recent.length === 0 ? (
        <div className="rounded-lg border border-dashed border-line px-4 py-8 text-center">
          <p className="font-medium">{t('leases.empty')}</p>
          <p className="mt-1 text-pretty text-muted">{t('leases.empty.detail')}</p>
        </div>
      ) : (
        <div className="@container -mx-2">
          <table className="w-full border-collapse">
            <caption className="sr-only">{t('leases.title')}</caption>
            <thead>
              <tr>
                <th scope="col" className={TH}>
                  {t('leases.job')}
                </th>
                <th scope="col" className={`${TH} ${WIDE}`}>
                  {t('leases.when')}
                </th>
                <th scope="col" className={`${TH} ${WIDE} text-right`}>
                  {t('leases.price')}
                </th>
                <th scope="col" className={`${TH} ${WIDE} text-right`}>
                  {t('leases.charge')}
                </th>
                <th scope="col" className={`${TH} ${WIDE} text-right`}>
                  {t('leases.fee')}
                </th>
                <th scope="col" className={`${TH} text-right`}>
                  {t('leases.net')}
                </th>
                <th scope="col" className={`${TH} ${WIDE}`}>
                  {t('leases.state')}
                </th>
              </tr>
            </thead>
            <tbody>
              {recent.map((lease) => (
                <LeaseRow key={lease.leaseId} lease={lease} nowMs={nowMs} onOpen={() => setOpenId(lease.leaseId)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <LeaseDetail lease={open} onClose={() => setOpenId(null)} />
    </Card>
  );
}

function LeaseRow(props: { readonly lease: PastLease; readonly nowMs: number; readonly onOpen: () => void }) {
  const { lease, nowMs, onOpen } = props;
  const currency = useWorker((state) => state.earnings.currency);
  const money = moneyState(lease, nowMs);
  const used = lease.startedAtMs === null ? null : t('leases.for', { time: formatDuration(lease.unfrozenMs) });
  const when = lease.startedAtMs === null ? t('leases.never-started') : formatMoment(lease.startedAtMs, nowMs);
  return (
    <tr data-testid="lease-row" className="relative border-t border-line hover:bg-raised/60 focus-within:bg-raised/60">
      <td className={`${TD} w-full max-w-0`}>
        <button
          type="button"
          aria-label={t('leases.open', { job: lease.jobName })}
          onClick={onOpen}
          title={lease.jobName}
          className="block max-w-full truncate text-left font-medium after:absolute after:inset-0"
        >
          {lease.jobName}
        </button>
        <p className="mt-0.5 flex flex-wrap items-center gap-x-2 gap-y-0.5 text-xs leading-5 text-muted">
          <span className="max-w-full truncate">{lease.deviceName}</span>
          <DeviceLabel kind={lease.deviceClass} />
        </p>
        <p className="mt-0.5 text-xs text-muted @2xl:hidden">
          {[when, used, endedText(lease)].filter((part) => part !== null).join(' · ')}
        </p>
      </td>
      <td className={`${TD} ${WIDE}`}>
        <span className="figure block">{when}</span>
        <span className="figure mt-0.5 block text-xs leading-5 text-muted">{used}</span>
      </td>
      <td className={`${TD} ${WIDE} figure text-right text-muted`}>{formatCredits(lease.microPerHour, 'short')}</td>
      <td className={`${TD} ${WIDE} figure text-right text-muted`}>{formatCredits(lease.chargeMicro)}</td>
      <td className={`${TD} ${WIDE} figure text-right text-muted`}>{formatCredits(lease.feeMicro)}</td>
      <td className={`${TD} text-right font-medium`}>
        <Money micro={lease.netMicro} currency={currency} />
        <p className="mt-0.5 text-xs font-normal whitespace-nowrap text-muted @2xl:hidden">{t(`money.${money.kind}`)}</p>
      </td>
      <td className={`${TD} ${WIDE}`}>
        <span className="block whitespace-nowrap @4xl:hidden" title={moneyText(money, nowMs)}>
          {t(`money.${money.kind}`)}
        </span>
        <span className="hidden whitespace-nowrap @4xl:block">{moneyText(money, nowMs)}</span>
        <span className="mt-0.5 block text-xs leading-5 text-muted @4xl:whitespace-nowrap">{endedText(lease)}</span>
      </td>
    </tr>
  );
}
