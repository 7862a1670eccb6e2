import type { YieldRecord } from '../../../src/contract/model/presence.ts';
import { Card } from '../../ui/card.tsx';
import { formatDuration } from '../../ui/format/duration.ts';
import { formatLatency } from '../../ui/format/latency.ts';
import { formatMoment } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { useNow } from '../../ui/use-now.ts';
import { useWorker } from '../store.ts';
import { PROMISED_P95_US } from './promises.ts';

const TH = 'px-2 pb-2 text-left text-xs font-normal whitespace-nowrap text-faint';
const TD = 'px-2 py-2.5 align-top';
const WIDE = 'hidden @2xl:table-cell';

/** Every yield, newest first. */
export function YieldList() {
  const { recent } = useWorker((state) => state.yields);
  const nowMs = useNow();
  const aside = recent.length > 0 && (
    <p className="text-[13px] text-muted tabular-nums">{t('yields.list.count', { count: recent.length })}</p>
  );
  return (
    <Card title={t('yields.list')} aside={aside} testId="yields">
      {recent.length === 0 ? (
        <div data-testid="yields-empty" className="rounded-lg border border-dashed border-line px-4 py-8 text-center">
          <p className="font-medium">{t('yields.empty')}</p>
          <p className="mx-auto mt-1 max-w-md text-pretty text-muted">{t('yields.empty.detail')}</p>
        </div>
      ) : (
        <div className="@container -mx-2">
          <table className="w-full border-collapse">
            <caption className="sr-only">{t('yields.list')}</caption>
            <thead>
              <tr>
                <th scope="col" className={TH}>
                  {t('yields.cause')}
                </th>
                <th scope="col" className={`${TH} ${WIDE}`}>
                  {t('yields.when')}
                </th>
                <th scope="col" className={`${TH} ${WIDE}`}>
                  {t('yields.kind')}
                </th>
                <th scope="col" className={`${TH} text-right`}>
                  {t('yields.latency')}
                </th>
                <th scope="col" className={`${TH} ${WIDE} text-right`}>
                  {t('yields.resumed')}
                </th>
              </tr>
            </thead>
            <tbody>
              {recent.map((one) => (
                <YieldRow key={one.id} record={one} nowMs={nowMs} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function YieldRow({ record, nowMs }: { readonly record: YieldRecord; readonly nowMs: number }) {
  const when = formatMoment(record.atMs, nowMs);
  const kind = t(`yield.${record.kind}`);
  const means = t(`means.${record.means}`);
  const resumed = resumedText(record);
  return (
    <tr data-testid="yield-row" className="border-t border-line">
      <td className={`${TD} w-full max-w-0`}>
        <p className="font-medium text-pretty">{record.causes.map((code) => t(`reason.${code}`)).join(', ')}</p>
        <p className="mt-0.5 truncate text-xs leading-5 text-muted" title={record.jobName}>
          {record.jobName}
        </p>
        <p className="mt-0.5 text-xs text-pretty text-muted tabular-nums @2xl:hidden">
          {when} · {kind} {means} · {t('yields.resumed')} {resumed}
        </p>
      </td>
      <td className={`${TD} ${WIDE} figure`}>{when}</td>
      <td className={`${TD} ${WIDE} whitespace-nowrap`}>
        {kind}
        <span className="mt-0.5 block text-xs leading-5 text-muted">{means}</span>
      </td>
      <td className={`${TD} text-right`}>
        <Latency record={record} />
      </td>
      <td className={`${TD} ${WIDE} figure text-right text-muted`}>{resumed}</td>
    </tr>
  );
}

function Latency({ record }: { readonly record: YieldRecord }) {
  const promisedUs = PROMISED_P95_US[record.kind === 'evict' ? 'evict' : 'freeze'];
  return (
    <>
      <span className="figure font-medium">{formatLatency(record.latencyUs)}</span>
      {record.latencyUs > promisedUs && (
        <span className="block text-xs leading-5 whitespace-nowrap text-warn">
          {t('yields.over', { limit: formatLatency(promisedUs) })}
        </span>
      )}
      {record.failedAttempts > 0 && (
        <span className="block text-xs leading-5 whitespace-nowrap text-muted">
          {t('yields.retried', { count: record.failedAttempts })}
        </span>
      )}
    </>
  );
}

function resumedText({ kind, atMs, resumedAtMs }: YieldRecord): string {
  if (resumedAtMs !== null) return formatDuration(resumedAtMs - atMs);
  return t(kind === 'evict' ? 'yields.resumed.never' : 'yields.resumed.not-yet');
}
