import type { ReactNode } from 'react';
import type { Yields } from '../../../src/contract/model/presence.ts';
import { formatLatency } from '../../ui/format/latency.ts';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { useWorker } from '../store.ts';
import { type Kept, type MeasuredKind, PROMISED_P95_US, promiseKept } from './promises.ts';

const TONE: Record<Kept, string> = { holds: 'text-good', broken: 'text-bad', unmeasured: 'text-muted' };

/** The latencies over 30 days beside what was promised. */
export function YieldFigures() {
  const { freeze, evict } = useWorker((state) => state.yields);
  return (
    <section aria-label={t('yields.figures')} className="grid gap-px overflow-hidden rounded-xl border border-line bg-line sm:grid-cols-2">
      <Measured kind="freeze" latencies={freeze} />
      <Measured kind="evict" latencies={evict} />
    </section>
  );
}

function Measured({ kind, latencies }: { readonly kind: MeasuredKind; readonly latencies: Yields['freeze'] }) {
  const kept = promiseKept(kind, latencies);
  return (
    <div className="bg-surface p-5" data-testid={`figures-${kind}`} data-kept={kept}>
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 className="font-medium">{t(`yields.${kind}`)}</h2>
        <p className="text-[13px] text-muted tabular-nums">
          {t('yields.figures')}
          {latencies !== null && `, ${t('yields.count', { count: latencies.count })}`}
        </p>
      </div>
      <dl className="mt-3 grid grid-cols-3 gap-x-4">
        <Figure term={t('yields.p50')} us={latencies?.p50Us} />
        <Figure term={t('yields.p95')} us={latencies?.p95Us} strong />
        <Figure term={t('yields.max')} us={latencies?.maxUs} />
      </dl>
      <p className="mt-3 flex flex-wrap items-center gap-x-3 border-t border-line pt-3 text-[13px] text-muted tabular-nums">
        <span className={`flex items-center gap-1.5 font-medium ${TONE[kept]}`}>
          {kept !== 'unmeasured' && <Icon name={kept === 'holds' ? 'check' : 'alert'} />}
          {t(`yields.${kept}`)}
        </span>
        {t('yields.promise', { limit: formatLatency(PROMISED_P95_US[kind]) })}
      </p>
    </div>
  );
}

function Figure({ term, us, strong = false }: { readonly term: string; readonly us: number | undefined; readonly strong?: boolean }) {
  const value: ReactNode = us === undefined ? t('unknown') : formatLatency(us);
  return (
    <div className="flex flex-col-reverse justify-end">
      <dd className={`figure text-[22px] leading-8 font-semibold tracking-tight ${strong ? '' : 'text-muted'}`}>{value}</dd>
      <dt className="text-xs text-muted">{term}</dt>
    </div>
  );
}
