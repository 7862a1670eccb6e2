import { type TimeCode, timeCode } from '../../contract/model/presence.ts';
import type { Db } from './open.ts';

/** A span of wall-clock time in which the same reasons stood. No codes: earning. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly codes: readonly TimeCode[];
}

/** Writes a new span, or the new end of the span that begins at the same time. */
export function writeTimeSpan(db: Db, span: TimeSpan): void {
  const codes = JSON.stringify(span.codes);
  db.transaction(() => {
    db.prepare('INSERT INTO reason_sets (codes) VALUES (?) ON CONFLICT (codes) DO NOTHING').run(codes);
    db.prepare(
      `INSERT INTO time_spans (from_ms, to_ms, set_id) SELECT ?, ?, set_id FROM reason_sets WHERE codes = ?
       ON CONFLICT (from_ms) DO UPDATE SET to_ms = excluded.to_ms, set_id = excluded.set_id`,
    ).run(span.fromMs, span.toMs, codes);
  })();
}

/** Forgets what lies after a time: the clock was set back, and that time comes again. */
export function cutTimeSpans(db: Db, atMs: number): void {
  db.transaction(() => {
    db.prepare('DELETE FROM time_spans WHERE from_ms >= ?').run(atMs);
    db.prepare('UPDATE time_spans SET to_ms = ? WHERE to_ms > ?').run(atMs, atMs);
  })();
}

/** Forgets all but the newest spans. */
export function keepTimeSpans(db: Db, count: number): void {
  db.prepare('DELETE FROM time_spans WHERE from_ms < (SELECT from_ms FROM time_spans ORDER BY from_ms DESC LIMIT 1 OFFSET ?)').run(
    count - 1,
  );
}

/** The spans that touch a range, in order. */
export function readTimeSpans(db: Db, fromMs: number, toMs: number): readonly TimeSpan[] {
  const sets = new Map(
    db
      .prepare<[], { set_id: number; codes: string }>('SELECT set_id, codes FROM reason_sets')
      .all()
      .map((row) => [row.set_id, timeCode.array().parse(JSON.parse(row.codes))]),
  );
  return db
    .prepare<[number, number, number], { from_ms: number; to_ms: number; set_id: number }>(
      // The span before the range may reach into it; spans do not overlap, so that it is the last one that begins before.
      `SELECT from_ms, to_ms, set_id FROM time_spans
       WHERE from_ms >= coalesce((SELECT max(from_ms) FROM time_spans WHERE from_ms <= ?), 0) AND from_ms < ? AND to_ms > ? ORDER BY from_ms`,
    )
    .all(fromMs, toMs, fromMs)
    .map((row) => ({ fromMs: row.from_ms, toMs: row.to_ms, codes: sets.get(row.set_id) ?? [] }));
}

/** When the agent was last known to run; null before its first time. */
export function readLastTime(db: Db): number | null {
  return db.prepare<[], { to_ms: number | null }>('SELECT max(to_ms) AS to_ms FROM time_spans').get()?.to_ms ?? null;
}

/** When the agent first ran, as far as is kept; null before. */
export function readFirstTime(db: Db): number | null {
  return db.prepare<[], { from_ms: number | null }>('SELECT min(from_ms) AS from_ms FROM time_spans').get()?.from_ms ?? null;
}

/** Net micro-credits of an hour of work, over the leases sealed since a time; null without any. */
export function readNetMicroPerHour(db: Db, fromMs: number): number | null {
  const sums = db
    .prepare<[number], { net: number | null; ms: number | null }>(
      `SELECT sum(net_micro) AS net, sum(json_extract(invoice, '$.unfrozenMs')) AS ms FROM invoices WHERE sealed_at_ms >= ?`,
    )
    .get(fromMs);
  return sums?.net == null || !sums.ms ? null : (sums.net * 3_600_000) / sums.ms;
}
