import type { TimeRange, TimeReport } from '../../../src/contract/model/presence.ts';
import { Card } from '../../ui/card.tsx';
import { formatDuration } from '../../ui/format/duration.ts';
import { formatClock, formatMoment, formatWeekdayDate } from '../../ui/format/time.ts';
import { locale } from '../../ui/i18n/locale.ts';
import { t } from '../../ui/i18n/t.ts';
import { useNow } from '../../ui/use-now.ts';
import { type TimeGroup, timeGroups } from '../reason-groups.ts';
import { groupTimes, type Segment, type StripRow, stripRows } from './strip-rows.ts';

const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
/** Told apart by height and pattern as well as by colour; fuller is better. */
const LOOK: Record<TimeGroup, string> = {
  earning: 'h-full bg-good',
  job: 'h-3/4 strip-hatch text-accent',
  owner: 'h-1/2 bg-idle',
  machine: 'h-1/2 strip-dots text-idle',
  unknown: 'h-1/3 strip-hatch text-warn',
  setup: 'h-1/3 bg-bad',
};
const SCALE_HOURS = [0, 6, 12, 18, 24];
const MAX_LISTED = 100;

/** One strip a day, each with its text; the same as a list below. */
export function TimeStrips({ range, report }: { readonly range: TimeRange; readonly report: TimeReport }) {
  const rows = stripRows(report);
  const total = report.toMs - report.fromMs;
  return (
    <Card
      title={t(`strip.title.${range}`)}
      testId="time-strips"
      aside={
        <p className="text-[13px] text-muted tabular-nums" data-testid="earning-time">
          {t('strip.earning', {
            time: formatDuration(report.earningMs),
            share: percent.format(total === 0 ? 0 : report.earningMs / total),
          })}
        </p>
      }
    >
      <div className="grid grid-cols-[auto_minmax(0,1fr)] items-end gap-x-3 gap-y-2">
        {[...rows].reverse().map((row) => (
          <Strip key={row.fromMs} row={row} tall={range === 'today'} />
        ))}
        <span />
        <div aria-hidden="true" className="flex justify-between text-xs text-muted tabular-nums">
          {SCALE_HOURS.map((hour) => (
            <span key={hour}>{String(hour).padStart(2, '0')}</span>
          ))}
        </div>
      </div>
      <Legend segments={rows.flatMap((row) => row.segments)} />
      <SpanList report={report} />
    </Card>
  );
}

function Strip({ row, tall }: { readonly row: StripRow; readonly tall: boolean }) {
  const parts = groupTimes(row.segments).map(({ group, ms }) => t('strip.part', { group: t(`group.${group}`), time: formatDuration(ms) }));
  const share = (ms: number): string => `${(ms / (row.toMs - row.fromMs)) * 100}%`;
  const day = formatWeekdayDate(row.fromMs);
  return (
    <>
      <span className={`text-xs text-muted tabular-nums ${tall ? 'sr-only' : ''}`}>{day}</span>
      <div
        role="img"
        data-testid="strip"
        aria-label={t('strip.row', { day, parts: parts.length === 0 ? t('strip.row.empty') : parts.join(', ') })}
        className={`relative overflow-hidden rounded border-b border-line-strong bg-raised/50 ${tall ? 'col-span-2 h-14' : 'h-7'}`}
      >
        {row.segments.map((segment) => (
          <span
            key={segment.fromMs}
            data-fill
            title={`${formatClock(segment.fromMs)}–${formatClock(segment.toMs)} ${t(`group.${segment.group}`)}`}
            className={`absolute bottom-0 min-w-px ${LOOK[segment.group]}`}
            style={{ left: share(segment.fromMs - row.fromMs), width: share(segment.toMs - segment.fromMs) }}
          />
        ))}
      </div>
    </>
  );
}

/** All kinds, with their time; those without any stay, so that the legend keeps its place. */
function Legend({ segments }: { readonly segments: readonly Segment[] }) {
  const times = new Map(groupTimes(segments).map(({ group, ms }) => [group, ms]));
  return (
    <ul className="mt-4 grid grid-cols-2 gap-x-4 gap-y-1.5 text-xs leading-5 sm:grid-cols-3">
      {timeGroups.map((group) => (
        <li key={group} className="flex items-end gap-2">
          <span aria-hidden="true" className="mb-0.5 flex h-4 w-3.5 shrink-0 items-end border-b border-line-strong bg-raised/50">
            <span data-fill className={`w-full ${LOOK[group]}`} />
          </span>
          <span className="min-w-0 flex-1">
            {t(`group.${group}`)} <span className="figure text-muted">{formatDuration(times.get(group) ?? 0)}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function SpanList({ report }: { readonly report: TimeReport }) {
  const nowMs = useNow();
  const newest = report.spans.slice(-MAX_LISTED).reverse();
  return (
    <details className="mt-4 border-t border-line pt-3">
      <summary className="w-fit cursor-pointer rounded text-[13px] text-accent">{t('strip.spans')}</summary>
      <table className="mt-2 w-full text-[13px]">
        <caption className="sr-only">{t('strip.spans')}</caption>
        <thead>
          <tr className="text-left text-xs text-faint">
            <th scope="col" className="pr-4 pb-1 font-normal">
              {t('strip.spans.from')}
            </th>
            <th scope="col" className="pr-4 pb-1 font-normal">
              {t('strip.spans.for')}
            </th>
            <th scope="col" className="w-full pb-1 font-normal">
              {t('strip.spans.what')}
            </th>
          </tr>
        </thead>
        <tbody>
          {newest.map((span) => (
            <tr key={span.fromMs} className="border-t border-line align-top">
              <td className="figure py-1.5 pr-4">{formatMoment(span.fromMs, nowMs)}</td>
              <td className="figure py-1.5 pr-4 text-muted">{formatDuration(span.toMs - span.fromMs)}</td>
              <td className="py-1.5">
                {span.codes.length === 0 ? t('group.earning') : span.codes.map((code) => t(`reason.${code}`)).join(', ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {report.spans.length > MAX_LISTED && <p className="mt-2 text-xs text-muted">{t('strip.spans.newest', { count: MAX_LISTED })}</p>}
    </details>
  );
}
