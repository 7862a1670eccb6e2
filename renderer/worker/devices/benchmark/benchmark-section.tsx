import type { BenchmarkFailure, BenchmarkRun } from '../../../../src/contract/model/benchmark.ts';
import type { HardwareDevice } from '../../../../src/contract/model/device.ts';
import { CodeText } from '../../../ui/code-text.tsx';
import { formatShare } from '../../../ui/format/measures.ts';
import { formatMoment, formatWallTime } from '../../../ui/format/time.ts';
import { t } from '../../../ui/i18n/t.ts';
import { Icon } from '../../../ui/icon.tsx';
import { Meter } from '../../../ui/meter.tsx';
import { useNow } from '../../../ui/use-now.ts';
import { fullName } from '../../device-names.ts';
import { useWorker } from '../../store.ts';
import { Fix } from '../health.tsx';
import { Conditions } from './conditions.tsx';
import { MeasureButtons } from './measure-buttons.tsx';
import { Records } from './records.tsx';
import { RunBar } from './run-bar.tsx';
import { remainingText } from './run-words.ts';
import { ScorePart } from './score-part.tsx';
import { type BenchmarkView, useBenchmark } from './use-benchmark.ts';
import { VectorTable } from './vector-table.tsx';

/** What the device can do: measured how, when, under which conditions, and what came in between. */
export function BenchmarkSection({ device }: { readonly device: HardwareDevice }) {
  const view = useBenchmark(device.id);
  const name = useWorker((state) => fullName(device, state.devices));
  const { known, running } = view;
  const result = known?.result ?? null;
  return (
    <section
      aria-label={t('bench.title')}
      data-testid="benchmark"
      data-standing={running === null ? (known?.standing ?? 'none') : 'running'}
      className="rounded-xl border border-line bg-surface p-5"
    >
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0 flex-1 basis-72">
          <h2 className="text-[13px] font-medium text-muted">{t('bench.title')}</h2>
          <Standing view={view} device={device} />
        </div>
        <MeasureButtons
          deviceIds={[device.id]}
          text={t(result === null ? 'bench.measure' : 'bench.measure.again')}
          what={name}
          look="primary"
          isRunning={running !== null || view.before !== null}
          isPossible={known?.standing !== 'impossible' && device.health.kind !== 'lost'}
        />
      </div>
      {running !== null && <Running run={running} />}
      {running === null && known?.last?.kind === 'failure' && <Failed failure={known.last.failure} hasResult={result !== null} />}
      {result !== null && (
        <>
          <VectorTable result={result} datasheet={known?.datasheet ?? []} />
          <ScorePart score={result.score} notes={result.notes} />
          <Conditions result={result} />
        </>
      )}
      <Records deviceId={device.id} newest={known?.last ?? null} />
    </section>
  );
}

function Standing({ view: { known, running, before }, device }: { readonly view: BenchmarkView; readonly device: HardwareDevice }) {
  const nowMs = useNow();
  const standing = known?.standing ?? 'none';
  const title = running !== null ? t('bench.running') : before !== null ? t('bench.waiting') : t(`bench.${standing}`);
  return (
    <>
      <p role="status" className="mt-1 text-xl leading-7 font-semibold tracking-tight text-pretty">
        {title}
      </p>
      <p className="mt-0.5 min-h-5 text-pretty text-muted tabular-nums">
        {running !== null && t('bench.running.detail')}
        {running === null && before !== null && t('bench.waiting.detail', { count: before })}
        {running === null && before === null && standing === 'none' && t('bench.none.detail')}
        {running === null && before === null && standing === 'impossible' && t(`bench.impossible.${device.kind}`)}
        {running === null &&
          before === null &&
          known?.nextAtMs != null &&
          t('bench.next', { at: formatWallTime(Math.max(known.nextAtMs, nowMs), nowMs) })}
      </p>
    </>
  );
}

function Running({ run }: { readonly run: BenchmarkRun }) {
  return (
    <div className="mt-4 rounded-lg border border-line p-4" data-testid="bench-running" data-step={run.step}>
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-x-4">
        <p className="font-medium">{t(`bench-step.${run.step}`)}</p>
        <p className="figure text-[13px] text-muted">
          {formatShare(run.progress)} · {remainingText(run)}
        </p>
      </div>
      <RunBar run={run}>
        <Meter share={run.progress} />
      </RunBar>
      <p className="mt-2 h-5 truncate text-[13px] text-muted tabular-nums" title={run.detail ?? undefined}>
        {run.detail}
      </p>
    </div>
  );
}

/** The owner's own cancelling is no failure and needs no box. */
function Failed({ failure, hasResult }: { readonly failure: BenchmarkFailure; readonly hasResult: boolean }) {
  const nowMs = useNow();
  if (failure.code === 'cancelled') return null;
  return (
    <div
      role="alert"
      data-testid="bench-failed"
      data-code={failure.code}
      className="mt-4 flex gap-3 rounded-lg border border-warn/60 bg-warn/10 p-4"
    >
      <Icon name="alert" className="mt-0.5 size-4 text-warn" />
      <div className="min-w-0">
        <p className="font-medium">{t(`failure.${failure.code}`)}</p>
        <p className="text-[13px] text-muted tabular-nums">
          {t('failure.title', { at: formatMoment(failure.atMs, nowMs) })}, {t('failure.at-step', { step: t(`bench-step.${failure.step}`) })}
        </p>
        <p className="mt-1 text-pretty [overflow-wrap:anywhere]">
          <CodeText text={failure.detail} />
        </p>
        {failure.fix !== null && <Fix text={failure.fix} />}
        {hasResult && <p className="mt-1.5 text-[13px] text-muted">{t('failure.kept')}</p>}
      </div>
    </div>
  );
}
