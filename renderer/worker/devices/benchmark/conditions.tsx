import type { ReactNode } from 'react';
import type { BenchmarkResult } from '../../../../src/contract/model/benchmark.ts';
import { formatDuration } from '../../../ui/format/duration.ts';
import { formatCelsius, formatShare, formatWatts } from '../../../ui/format/measures.ts';
import { formatMoment } from '../../../ui/format/time.ts';
import { t } from '../../../ui/i18n/t.ts';
import { useNow } from '../../../ui/use-now.ts';

/** A result holds for the device as it was then: with this driver, at this limit. */
export function Conditions({ result }: { readonly result: BenchmarkResult }) {
  const nowMs = useNow();
  const { conditions, sustained } = result;
  const idle = sustained.idlePowerW === null ? null : t('conditions.draw.idle', { watts: formatWatts(sustained.idlePowerW) });
  return (
    <div className="mt-4 border-t border-line pt-4" data-testid="conditions">
      <h3 className="text-[13px] font-medium text-muted">{t('conditions.title')}</h3>
      <dl className="mt-2 grid grid-cols-[minmax(0,1fr)] gap-x-8 gap-y-2 sm:grid-cols-2">
        <Fact term={t('conditions.when')}>
          {t('conditions.when.took', { at: formatMoment(result.atMs, nowMs), time: formatDuration(result.durationMs) })} ·{' '}
          {t(`occasion.${result.occasion}`)}
        </Fact>
        <Fact term={t('conditions.proof')}>
          <span className={conditions.proof === 'unproven' ? 'text-warn' : ''}>{t(`proof.${conditions.proof}`)}</span>
        </Fact>
        <Fact term={t('conditions.adapter')}>
          {conditions.adapter} · {conditions.backend}
        </Fact>
        <Fact term={t('conditions.driver')}>{conditions.driver ?? t('live.unknown')}</Fact>
        <Fact term={t('conditions.power-limit')}>
          {conditions.powerLimitW === null ? t('live.unknown') : formatWatts(conditions.powerLimitW)}
        </Fact>
        <Fact term={t('conditions.draw')}>
          {sustained.meanPowerW === null ? t('live.unknown') : formatWatts(sustained.meanPowerW)}
          {[idle, sustained.source].map((part) => (part === null ? '' : ` · ${part}`)).join('')}
        </Fact>
        <Fact term={t('conditions.heat')}>
          {sustained.maxTemperatureC === null ? t('live.unknown') : formatCelsius(sustained.maxTemperatureC)}
        </Fact>
        <Fact term={t('conditions.throttled')}>
          {sustained.throttledShare === null
            ? t('live.unknown')
            : t('conditions.throttled.share', { share: formatShare(sustained.throttledShare) })}
        </Fact>
        {conditions.linkWidth !== null && <Fact term={t('conditions.link')}>×{conditions.linkWidth}</Fact>}
      </dl>
    </div>
  );
}

function Fact({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  return (
    <div className="flex items-baseline justify-between gap-6 border-b border-line/60 pb-2">
      <dt className="shrink-0 text-[13px] text-muted">{term}</dt>
      <dd className="min-w-0 text-right text-[13px] text-pretty tabular-nums [overflow-wrap:anywhere]">{children}</dd>
    </div>
  );
}
