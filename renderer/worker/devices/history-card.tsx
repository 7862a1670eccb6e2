import { Toggle } from '@base-ui/react/toggle';
import { ToggleGroup } from '@base-ui/react/toggle-group';
import { useMemo, useState } from 'react';
import type { HardwareDevice } from '../../../src/contract/model/device.ts';
import { type TelemetryHistory, type TelemetryRange, telemetryRange } from '../../../src/contract/model/telemetry.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { t } from '../../ui/i18n/t.ts';
import { historyBuckets, rangeOf } from './history-buckets.ts';
import { HistoryChart } from './history-chart.tsx';
import { formatMetric, type Metric, metricsOf } from './metrics.ts';
import { useHistory } from './use-history.ts';

const HOUR_MS = 3_600_000;
const WINDOW_MS: Readonly<Record<Exclude<TelemetryRange, 'ever'>, number>> = { minutes: HOUR_MS, days: 7 * 24 * HOUR_MS };
/** Places on the chart: one for every three pixels or so. */
const PLACES = 240;
const PLACEHOLDER = 'flex h-52 flex-col items-center justify-center rounded-lg border border-line px-4 text-center';

/** How it did over the last hour, over a week, since it is here. */
export function HistoryCard({ device }: { readonly device: HardwareDevice }) {
  const shown = metricsOf(device.kind);
  const [range, setRange] = useState<TelemetryRange>('minutes');
  const [metric, setMetric] = useState<Metric>('temperature');
  const { state, again } = useHistory(device.id, range);
  return (
    <Card
      title={t('history.title')}
      testId="history"
      aside={
        <Choice
          label={t('history.range')}
          options={telemetryRange.options}
          chosen={range}
          text={(one) => t(`history.range.${one}`)}
          onChange={setRange}
        />
      }
    >
      <Choice label={t('history.metric')} options={shown} chosen={metric} text={(one) => t(`live.${one}`)} onChange={setMetric} />
      <div className="mt-3">
        {state.kind === 'loading' && (
          <p role="status" className={`${PLACEHOLDER} text-muted`}>
            <span className="animate-late">{t('history.loading')}</span>
          </p>
        )}
        {state.kind === 'failed' && (
          <div role="alert" className={PLACEHOLDER}>
            <p className="font-medium">{t('history.failed')}</p>
            <p className="mt-1 text-pretty text-muted">{state.text}</p>
            <Button look="plain" className="mt-3" onClick={again}>
              {t('try-again')}
            </Button>
          </div>
        )}
        {state.kind === 'ready' && <Past history={state.history} atMs={state.atMs} metric={metric} />}
      </div>
    </Card>
  );
}

function Past({ history, atMs, metric }: { readonly history: TelemetryHistory; readonly atMs: number; readonly metric: Metric }) {
  const { points, range } = history;
  const toMs = Math.max(atMs, points.at(-1)?.atMs ?? atMs);
  const firstMs = points[0]?.atMs ?? toMs;
  // All that is known, but at least a day, so that the first hours are not drawn as if they were everything.
  const fromMs = range === 'ever' ? Math.min(firstMs, toMs - 24 * HOUR_MS) : toMs - WINDOW_MS[range];
  const buckets = useMemo(() => historyBuckets(points, metric, fromMs, toMs, PLACES), [points, metric, fromMs, toMs]);
  const figures = useMemo(() => rangeOf(points, metric), [points, metric]);
  if (figures === null) {
    const [title, detail] =
      points.length === 0
        ? [t('history.empty'), t('history.empty.detail')]
        : [t('history.unknown', { metric: t(`live.${metric}`) }), t('history.unknown.detail')];
    return (
      <div className={`${PLACEHOLDER} border-dashed`} data-testid="history-empty">
        <p className="font-medium">{title}</p>
        <p className="mt-1 max-w-md text-pretty text-muted">{detail}</p>
      </div>
    );
  }
  const texts = {
    low: formatMetric(metric, figures.low),
    mean: formatMetric(metric, figures.mean),
    high: formatMetric(metric, figures.high),
  };
  return (
    <>
      <HistoryChart
        buckets={buckets}
        metric={metric}
        range={range}
        describe={t('history.describe', { metric: t(`live.${metric}`), ...texts })}
      />
      <p className="mt-1 text-[13px] text-muted tabular-nums" data-testid="history-summary">
        {t('history.summary', texts)}
      </p>
    </>
  );
}

function Choice<T extends string>(props: {
  readonly label: string;
  readonly options: readonly T[];
  readonly chosen: T;
  readonly text: (option: T) => string;
  readonly onChange: (option: T) => void;
}) {
  const { label, options, chosen, text, onChange } = props;
  return (
    <ToggleGroup
      aria-label={label}
      value={[chosen]}
      onValueChange={([next]) => {
        const found = options.find((option) => option === next);
        if (found !== undefined) onChange(found);
      }}
      className="flex w-fit max-w-full flex-wrap gap-0.5 rounded-lg border border-line p-0.5"
    >
      {options.map((option) => (
        <Toggle
          key={option}
          value={option}
          className="inline-flex h-7 items-center justify-center rounded-md px-2.5 text-[13px] text-muted hover:text-ink data-pressed:bg-raised data-pressed:font-medium data-pressed:text-ink forced-colors:data-pressed:outline"
        >
          {text(option)}
        </Toggle>
      ))}
    </ToggleGroup>
  );
}
