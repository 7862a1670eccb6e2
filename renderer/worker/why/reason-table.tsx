import type { Currency } from '../../../src/contract/model/money.ts';
import type { TimeCode, TimeReport } from '../../../src/contract/model/presence.ts';
import { Card } from '../../ui/card.tsx';
import { CodeText } from '../../ui/code-text.tsx';
import { formatDuration } from '../../ui/format/duration.ts';
import { formatMoney } from '../../ui/format/money.ts';
import { t } from '../../ui/i18n/t.ts';
import { Money } from '../../ui/money.tsx';
import { ReasonLinks } from '../reason-links.tsx';
import { useWorker } from '../store.ts';

type Row = TimeReport['reasons'][number];

const TH = 'px-2 pb-2 text-left text-xs font-normal text-faint';
const TD = 'px-2 py-2.5 align-top';
const WIDE = 'hidden @2xl:table-cell';

/** Every reason with its time, the time it stood alone, and what its fix would have brought. */
export function ReasonTable({ report, currency }: { readonly report: TimeReport; readonly currency: Currency | null }) {
  const { reasons, netMicroPerFreeHour } = report;
  return (
    <Card title={t('reasons.table')} testId="reason-table">
      {reasons.length === 0 ? (
        <p className="text-muted">{t('reasons.table.none')}</p>
      ) : (
        <>
          <div className="@container -mx-2">
            <table className="w-full border-collapse">
              <caption className="sr-only">{t('reasons.table')}</caption>
              <thead>
                <tr>
                  <th scope="col" className={TH}>
                    {t('reasons.table.reason')}
                  </th>
                  <th scope="col" className={`${TH} text-right`}>
                    {t('reasons.table.time')}
                  </th>
                  <th scope="col" className={`${TH} ${WIDE} text-right whitespace-nowrap`}>
                    {t('reasons.table.sole')}
                  </th>
                  <th scope="col" className={`${TH} ${WIDE} text-right whitespace-nowrap`}>
                    {t('reasons.table.gain')}
                  </th>
                </tr>
              </thead>
              <tbody>
                {reasons.map((row) => (
                  <ReasonRow key={row.code} row={row} currency={currency} />
                ))}
              </tbody>
            </table>
          </div>
          <p className="mt-3 text-xs text-pretty text-muted tabular-nums">
            {t('reasons.table.note')} {reasons.some((row) => row.gainMicro === null) && t('reasons.gain.unknown.why')}{' '}
            {netMicroPerFreeHour !== null && currency !== null && t('reasons.rate', { rate: formatMoney(netMicroPerFreeHour, currency) })}
          </p>
        </>
      )}
    </Card>
  );
}

function ReasonRow({ row, currency }: { readonly row: Row; readonly currency: Currency | null }) {
  return (
    <tr data-testid={`time-${row.code}`} className="border-t border-line">
      <td className={`${TD} w-full`}>
        <p className="font-medium">{t(`reason.${row.code}`)}</p>
        <p className="mt-0.5 text-[13px] text-pretty text-muted">{t(`why.${row.code}`)}</p>
        <Fix code={row.code} />
        <p className="mt-1 text-xs text-muted tabular-nums @2xl:hidden">
          {t('reasons.table.sole')} {formatDuration(row.soleMs)} · {t('reasons.table.gain')} <Gain row={row} currency={currency} />
        </p>
      </td>
      <td className={`${TD} figure text-right`}>{formatDuration(row.ms)}</td>
      <td className={`${TD} ${WIDE} figure text-right text-muted`}>{formatDuration(row.soleMs)}</td>
      <td className={`${TD} ${WIDE} text-right whitespace-nowrap text-muted`}>
        <Gain row={row} currency={currency} />
      </td>
    </tr>
  );
}

function Gain({ row, currency }: { readonly row: Row; readonly currency: Currency | null }) {
  if (row.gainMicro === null) return t('reasons.gain.unknown');
  return <Money micro={row.gainMicro} currency={currency} />;
}

/** What stands now is fixed as the agent says; else the setting that it comes from. */
function Fix({ code }: { readonly code: TimeCode }) {
  const fix = useWorker((state) => state.presence.reasons.find((reason) => reason.code === code)?.fix ?? null);
  return (
    <>
      {fix !== null && (
        <p className="mt-1.5 border-l-2 border-accent pl-3 text-[13px] text-pretty">
          <CodeText text={fix} copyable />
        </p>
      )}
      <ReasonLinks code={code} className="mt-1" />
    </>
  );
}
