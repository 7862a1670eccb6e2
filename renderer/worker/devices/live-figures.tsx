import type { HardwareDevice } from '../../../src/contract/model/device.ts';
import type { DeviceSample } from '../../../src/contract/model/telemetry.ts';
import { formatCelsius, formatMegahertz, formatShare } from '../../ui/format/measures.ts';
import { t } from '../../ui/i18n/t.ts';
import { Sparkline } from '../../ui/sparkline.tsx';
import { useWorker } from '../store.ts';
import { formatMetric, limitOf, type Metric, metricsOf, metricValue, scaleOf } from './metrics.ts';
import { RECENT_MS, type RecentPoint } from './recent.ts';
import { useRecent } from './use-recent.ts';

/** Looks come once a second; three that are missing are a gap. */
const GAP_MS = 3_500;
const COLUMNS: Readonly<Record<number, string>> = { 4: '@md:grid-cols-4', 5: '@md:grid-cols-5' };

/** How the device does this second, and over the last minutes. */
export function LiveFigures({ device }: { readonly device: HardwareDevice }) {
  const sample = useWorker((state) => state.telemetry[device.id]);
  const recent = useRecent(device.id);
  const shown = metricsOf(device.kind);
  if (shown.length === 0) return null;
  return (
    <div className="@container">
      <dl
        aria-label={t('live.region', { device: device.name })}
        className={`grid grid-cols-3 gap-x-2 gap-y-3 @2xs:gap-x-4 ${COLUMNS[shown.length]}`}
      >
        {shown.map((metric) => (
          <Figure key={metric} metric={metric} device={device} sample={sample} recent={recent} />
        ))}
      </dl>
    </div>
  );
}

function Figure(props: {
  readonly metric: Metric;
  readonly device: HardwareDevice;
  readonly sample: DeviceSample | undefined;
  readonly recent: readonly RecentPoint[];
}) {
  const { metric, device, sample, recent } = props;
  const value = sample === undefined ? null : metricValue(metric, sample);
  const limit = sample === undefined ? null : limitOf(metric, device, sample);
  const points = recent.map((point) => ({ atMs: point.atMs, value: metricValue(metric, point) }));
  const toMs = points.at(-1)?.atMs ?? RECENT_MS;
  const { low, high } = scaleOf(
    metric,
    limit,
    points.map((point) => point.value),
  );
  return (
    <div className="min-w-0" data-testid={`live-${metric}`} title={sample === undefined ? t('live.waiting') : sourceText(metric, sample)}>
      <dt className="text-xs text-faint">{t(`live.${metric}`)}</dt>
      <dd>
        <span className={`figure block truncate text-[15px] leading-6 ${value === null ? 'text-muted' : 'font-semibold'}`}>
          {value === null ? t('live.unknown') : formatMetric(metric, value)}
        </span>
        <span className="block h-4 truncate text-xs leading-4 text-muted tabular-nums">
          {sample !== undefined && below(metric, value, limit, sample)}
        </span>
      </dd>
      <Sparkline
        points={points}
        frame={{ fromMs: toMs - RECENT_MS, toMs, low, high, gapMs: GAP_MS }}
        className={`mt-1 h-7 ${toneOf(metric, value, limit)}`}
      />
    </div>
  );
}

/** The line below a figure: its limit, or why it is unknown. */
function below(metric: Metric, value: number | null, limit: number | null, sample: DeviceSample): string {
  if (value === null) return t('live.unknown.why');
  if (limit === null || metric === 'load') return '';
  const text = formatMetric(metric, limit);
  if (metric === 'temperature') return t('live.slows-at', { limit: text });
  return metric === 'power' && sample.throttle?.includes('power') ? t('live.at-limit') : t('live.of', { limit: text });
}

/** Degrees below the limit from which a temperature is worth a colour. */
const NEAR_LIMIT_C = 5;
const toneOf = (metric: Metric, value: number | null, limit: number | null): string =>
  metric === 'temperature' && value !== null && limit !== null && value > limit - NEAR_LIMIT_C ? 'text-warn' : 'text-accent';

/** What belongs to a figure besides, and who says so. */
export function sourceText(metric: Metric, sample: DeviceSample): string {
  return [t('live.source', { source: sample.source }), ...besides(metric, sample)].join(' · ');
}

export function besides(metric: Metric, sample: DeviceSample): readonly string[] {
  const told = (value: number | null, text: (value: number) => string): readonly string[] => (value === null ? [] : [text(value)]);
  switch (metric) {
    case 'temperature':
      return [
        ...told(sample.hotspotC, (value) => t('live.hotspot', { value: formatCelsius(value) })),
        ...told(sample.memoryTemperatureC, (value) => t('live.memory-temperature', { value: formatCelsius(value) })),
        ...told(sample.fanShare, (value) => t('live.fan', { value: formatShare(value) })),
      ];
    case 'load':
      return told(sample.memoryBusyShare, (value) => t('live.memory-busy', { value: formatShare(value) }));
    case 'clock':
      return told(sample.memoryClockMhz, (value) => t('live.memory-clock', { value: formatMegahertz(value) }));
    case 'power':
      return sample.throttle === null || sample.throttle.length === 0
        ? []
        : [t('live.throttle', { reasons: sample.throttle.map((reason) => t(`throttle.${reason}`)).join(', ') })];
    case 'vram':
      return [];
  }
}
