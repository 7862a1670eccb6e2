import type { TimeCode, TimeReport } from '../../../src/contract/model/presence.ts';
import { groupOf, type TimeGroup, timeGroups } from '../reason-groups.ts';

type Span = TimeReport['spans'][number];

/** One stretch of a day in which the same kind of thing held. */
export interface Segment {
  readonly group: TimeGroup;
  readonly fromMs: number;
  readonly toMs: number;
}

/** One local day, from midnight to midnight: 23 to 25 hours. */
export interface StripRow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly segments: readonly Segment[];
}

/** What a span counts as: its first reason is the most telling. */
export const spanGroup = ({ codes: [first] }: { readonly codes: readonly TimeCode[] }): TimeGroup =>
  first === undefined ? 'earning' : groupOf(first);

/** Days of the report, oldest first, each with its segments; neighbours of the same group are one. */
export function stripRows({ fromMs, toMs, spans }: Pick<TimeReport, 'fromMs' | 'toMs' | 'spans'>): readonly StripRow[] {
  const rows: StripRow[] = [];
  for (let dayMs = midnight(fromMs, 0); dayMs < toMs; dayMs = midnight(dayMs, 1)) {
    const endMs = midnight(dayMs, 1);
    rows.push({ fromMs: dayMs, toMs: endMs, segments: segmentsWithin(spans, dayMs, endMs) });
  }
  return rows;
}

/** Local midnight so many days after the day of a time. */
function midnight(atMs: number, days: number): number {
  const day = new Date(atMs);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days).getTime();
}

function segmentsWithin(spans: readonly Span[], fromMs: number, toMs: number): readonly Segment[] {
  const segments: Segment[] = [];
  for (const span of spans) {
    const clipped = { group: spanGroup(span), fromMs: Math.max(span.fromMs, fromMs), toMs: Math.min(span.toMs, toMs) };
    if (clipped.toMs <= clipped.fromMs) continue;
    const last = segments.at(-1);
    if (last?.group === clipped.group && last.toMs === clipped.fromMs) segments[segments.length - 1] = { ...last, toMs: clipped.toMs };
    else segments.push(clipped);
  }
  return segments;
}

/** Time of each group, in the groups' own order; those without any are left out. */
export function groupTimes(segments: readonly Segment[]): readonly { readonly group: TimeGroup; readonly ms: number }[] {
  return timeGroups
    .map((group) => ({
      group,
      ms: segments.reduce((sum, segment) => (segment.group === group ? sum + segment.toMs - segment.fromMs : sum), 0),
    }))
    .filter(({ ms }) => ms > 0);
}
