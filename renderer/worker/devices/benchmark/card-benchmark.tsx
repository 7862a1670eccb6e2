import type { HardwareDevice } from '../../../../src/contract/model/device.ts';
import { formatRate, formatShare } from '../../../ui/format/measures.ts';
import { t } from '../../../ui/i18n/t.ts';
import { Meter } from '../../../ui/meter.tsx';
import { RunBar } from './run-bar.tsx';
import { remainingText } from './run-words.ts';
import { type BenchmarkView, useBenchmark } from './use-benchmark.ts';

/** What it can do, in one line that keeps its height. */
export function CardBenchmark({ device }: { readonly device: HardwareDevice }) {
  const view = useBenchmark(device.id);
  const { running } = view;
  return (
    <div className="flex h-6 min-w-0 items-center gap-3 text-[13px] text-muted" data-testid="card-benchmark">
      {running === null ? (
        <span className="truncate">
          <Score view={view} />
        </span>
      ) : (
        <>
          <RunBar run={running} className="w-20 shrink-0">
            <Meter share={running.progress} />
          </RunBar>
          <span className="figure">
            {formatShare(running.progress)} · {remainingText(running)}
          </span>
        </>
      )}
    </div>
  );
}

function Score({ view: { known, before } }: { readonly view: BenchmarkView }) {
  if (before !== null) return t('bench.waiting');
  if (known === null || (known.result === null && known.last === null)) {
    return t(known?.standing === 'impossible' ? 'bench.impossible.short' : 'bench.none.short');
  }
  const hasFailed = known.last?.kind === 'failure' && known.last.failure.code !== 'cancelled';
  const score = known.result?.score ?? null;
  return (
    <>
      {score !== null && (
        <>
          {t('score.title')} <span className="figure font-semibold text-ink">{formatRate(score.value)}</span>
        </>
      )}
      {hasFailed ? (
        <span className="text-warn">
          {score !== null && ' · '}
          {t('bench.failed.short')}
        </span>
      ) : (
        (known.standing === 'changed' || known.standing === 'old') && ` · ${t(`bench.${known.standing}.short`)}`
      )}
    </>
  );
}
