import { CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { TelemetryRange } from '../../../src/contract/model/telemetry.ts';
import { formatClock, formatMoment, formatWeekdayDate } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import type { Bucket } from './history-buckets.ts';
import { formatMetric, type Metric } from './metrics.ts';

const HEIGHT_PX = 208;
const TICK = { fill: 'var(--color-muted)', fontSize: 12 };

/** One figure over time; of temperatures the hottest moments too. The arrow keys move through it. */
export function HistoryChart(props: {
  readonly buckets: readonly Bucket[];
  readonly metric: Metric;
  readonly range: TelemetryRange;
  readonly describe: string;
}) {
  const { buckets, metric, range, describe } = props;
  const tick = range === 'minutes' ? formatClock : formatWeekdayDate;
  return (
    <ResponsiveContainer width="100%" height={HEIGHT_PX}>
      <ComposedChart
        data={[...buckets]}
        accessibilityLayer
        title={t(`live.${metric}`)}
        desc={describe}
        margin={{ top: 8, right: 4, bottom: 0, left: 0 }}
      >
        <CartesianGrid vertical={false} stroke="var(--color-line)" />
        <XAxis
          dataKey="atMs"
          type="number"
          scale="time"
          domain={['dataMin', 'dataMax']}
          tickFormatter={tick}
          tick={TICK}
          tickLine={false}
          axisLine={{ stroke: 'var(--color-line-strong)' }}
          minTickGap={48}
          height={24}
        />
        <YAxis
          domain={metric === 'load' ? [0, 1] : metric === 'temperature' ? ['auto', 'auto'] : [0, 'auto']}
          tickFormatter={(value: number) => formatMetric(metric, value)}
          tick={TICK}
          tickLine={false}
          axisLine={false}
          width={72}
          tickCount={4}
        />
        <Tooltip
          content={({ payload }) => <Tip bucket={payload[0]?.payload} metric={metric} />}
          cursor={{ stroke: 'var(--color-line-strong)' }}
          isAnimationActive={false}
        />
        {metric === 'temperature' && (
          <Line dataKey="high" stroke="var(--color-warn)" strokeWidth={1} strokeDasharray="3 3" dot={false} isAnimationActive={false} />
        )}
        <Line dataKey="mean" stroke="var(--color-accent)" strokeWidth={1.75} dot={false} isAnimationActive={false} />
      </ComposedChart>
    </ResponsiveContainer>
  );
}

function Tip({ bucket, metric }: { readonly bucket: Bucket | undefined; readonly metric: Metric }) {
  if (bucket === undefined) return null;
  return (
    <div className="rounded-lg border border-line bg-raised px-3 py-2 text-[13px] shadow-float">
      <p className="text-muted">{formatMoment(bucket.atMs, Date.now())}</p>
      <p className="font-medium tabular-nums">{bucket.mean === null ? t('live.unknown') : formatMetric(metric, bucket.mean)}</p>
      {bucket.high !== null && (
        <p className="text-muted tabular-nums">
          {t('history.max')} {formatMetric(metric, bucket.high)}
        </p>
      )}
    </div>
  );
}
