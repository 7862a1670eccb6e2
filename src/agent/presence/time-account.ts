import type { TimeCode, TimeRange, TimeReport } from '../../contract/model/presence.ts';
import type { Db } from '../store/open.ts';
import {
  cutTimeSpans,
  keepTimeSpans,
  readFirstTime,
  readLastTime,
  readNetMicroPerHour,
  readTimeSpans,
  type TimeSpan,
  writeTimeSpan,
} from '../store/time-rows.ts';

/** Where this worker's time goes: every moment is earning, or is put down to all its reasons. */
export interface TimeAccount {
  /** Says what holds from now on; no codes: earning. Call it at every change and at least every few seconds. */
  note(nowMs: number, codes: readonly TimeCode[]): void;
  /** The machine slept until now. */
  slept(nowMs: number): void;
  /** Makes what was noted so far durable. */
  flush(): void;
  report(range: TimeRange, nowMs: number): TimeReport;
}

/** A crash forgets at most so much of the newest span; it is then put down to "Nightshift was not running". */
const DURABLE_EVERY_MS = 30_000;
/** Between two notes lie at most a few seconds, so that a longer step is one of the clock, or the machine's sleep. */
const MAX_STEP_MS = 10_000;
const DAY_MS = 24 * 3_600_000;
const MAX_SET_BACK_MS = DAY_MS;
/** More than a month of changing every minute. By number, so that no wrong clock takes them away. */
const KEEP_SPANS = 50_000;

export function openTimeAccount(db: Db): TimeAccount {
  let span: TimeSpan | null = null;
  let writtenToMs = readLastTime(db) ?? Number.NEGATIVE_INFINITY;
  let forgottenAtMs = Number.NEGATIVE_INFINITY;

  function write(): void {
    if (span === null || span.toMs === span.fromMs) return;
    writeTimeSpan(db, span);
    writtenToMs = span.toMs;
  }

  function begin(nowMs: number, codes: readonly TimeCode[]): void {
    write();
    span = { fromMs: nowMs, toMs: nowMs, codes };
  }

  function note(nowMs: number, given: readonly TimeCode[]): void {
    const codes = [...new Set(given)].sort();
    const lastMs = span?.toMs ?? writtenToMs;
    if (nowMs < lastMs - MAX_SET_BACK_MS) return; // a clock without its battery: what stands is worth more than what it says
    if (nowMs < lastMs) {
      // The clock was set back: the time after now is still to come.
      write();
      cutTimeSpans(db, nowMs);
      span = null;
      writtenToMs = nowMs;
    }
    if (span === null || nowMs - span.toMs > MAX_STEP_MS) {
      begin(nowMs, codes);
      return;
    }
    span = { ...span, toMs: nowMs };
    if (codes.join() !== span.codes.join()) begin(nowMs, codes);
    else if (nowMs - writtenToMs >= DURABLE_EVERY_MS) write();
    if (nowMs - forgottenAtMs > DAY_MS) {
      keepTimeSpans(db, KEEP_SPANS);
      forgottenAtMs = nowMs;
    }
  }

  return {
    note,
    slept(nowMs) {
      if (span === null || nowMs <= span.toMs) return;
      const fromMs = span.toMs;
      begin(fromMs, ['asleep']);
      span = { fromMs, toMs: nowMs, codes: ['asleep'] };
      write();
    },
    flush: write,
    report(range, nowMs) {
      write();
      const toMs = span !== null && Math.abs(nowMs - span.toMs) <= MAX_STEP_MS ? span.toMs : nowMs; // what has not been noted yet is not counted yet
      const beginMs = range === 'today' ? startOfDay(nowMs) : startOfDay(nowMs - 6 * DAY_MS);
      const fromMs = Math.min(toMs, Math.max(beginMs, readFirstTime(db) ?? toMs)); // before its first start it owed nobody anything
      return reportOf(fillGaps(readTimeSpans(db, fromMs, toMs), fromMs, toMs), fromMs, toMs, netPerFreeHour(db, nowMs));
    },
  };
}

function startOfDay(atMs: number): number {
  const day = new Date(atMs);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

/** Spans that fill the range from end to end: what nobody noted is time in which the agent did not run. Neighbours with the same reasons become one. */
export function fillGaps(spans: readonly TimeSpan[], fromMs: number, toMs: number): readonly TimeSpan[] {
  const filled: TimeSpan[] = [];
  const push = (next: TimeSpan): void => {
    if (next.toMs <= next.fromMs) return;
    const last = filled.at(-1);
    if (last && last.codes.join() === next.codes.join()) filled[filled.length - 1] = { ...last, toMs: next.toMs };
    else filled.push(next);
  };
  let atMs = fromMs;
  for (const each of spans) {
    const beginMs = Math.max(each.fromMs, atMs);
    push({ fromMs: atMs, toMs: Math.min(beginMs, toMs), codes: ['not-running'] });
    push({ fromMs: beginMs, toMs: Math.min(each.toMs, toMs), codes: each.codes });
    atMs = Math.max(atMs, each.toMs);
  }
  push({ fromMs: atMs, toMs, codes: ['not-running'] });
  return filled;
}

/** Adds a range up by reason. Pure. */
export function reportOf(spans: readonly TimeSpan[], fromMs: number, toMs: number, netMicroPerFreeHour: number | null): TimeReport {
  let earningMs = 0;
  const sums = new Map<TimeCode, { ms: number; soleMs: number }>();
  for (const span of spans) {
    const ms = span.toMs - span.fromMs;
    if (span.codes.length === 0) earningMs += ms;
    for (const code of span.codes) {
      const sum = sums.get(code) ?? { ms: 0, soleMs: 0 };
      sums.set(code, { ms: sum.ms + ms, soleMs: sum.soleMs + (span.codes.length === 1 ? ms : 0) });
    }
  }
  const gainOf = (code: TimeCode, soleMs: number): number | null =>
    netMicroPerFreeHour === null || FREE.has(code) ? null : Math.round((soleMs * netMicroPerFreeHour) / 3_600_000);
  const reasons = [...sums]
    .map(([code, { ms, soleMs }]) => ({ code, ms, soleMs, gainMicro: gainOf(code, soleMs) }))
    .sort((a, b) => b.soleMs - a.soleMs || b.ms - a.ms || a.code.localeCompare(b.code));
  return { fromMs, toMs, earningMs, reasons, netMicroPerFreeHour, spans: spans.map((span) => ({ ...span, codes: [...span.codes] })) };
}

/** Free time already: no fix of the owner's would make it earn. */
const FREE: ReadonlySet<TimeCode> = new Set(['no-job', 'preparing']);

/** What a free hour of this worker brings: the part of it that is work, at what an hour of work has earned. Null where it was never free or never paid. */
function netPerFreeHour(db: Db, nowMs: number): number | null {
  const fromMs = nowMs - 7 * DAY_MS;
  const netMicroPerHour = readNetMicroPerHour(db, nowMs - 30 * DAY_MS);
  let freeMs = 0;
  let earningMs = 0;
  for (const span of readTimeSpans(db, fromMs, nowMs)) {
    const ms = Math.min(span.toMs, nowMs) - Math.max(span.fromMs, fromMs);
    if (span.codes.every((code) => FREE.has(code))) freeMs += ms;
    if (span.codes.length === 0) earningMs += ms;
  }
  return freeMs < 60_000 || netMicroPerHour === null ? null : Math.round((netMicroPerHour * earningMs) / freeMs);
}
