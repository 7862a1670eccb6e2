import { type YieldRecord, type Yields, yieldRecord } from '../../contract/model/presence.ts';
import type { Db } from './open.ts';

/** A yield as it is written: nothing has resumed yet. */
export type NewYield = Omit<YieldRecord, 'id' | 'resumedAtMs'>;

const DAY_MS = 24 * 3_600_000;
const KEPT_MS = 90 * DAY_MS;
const COUNTED_MS = 30 * DAY_MS;
const RECENT = 100;

/** Writes one yield and forgets those of more than 90 days ago; returns its id. */
export function insertYield(db: Db, given: NewYield): number {
  db.prepare('DELETE FROM yields WHERE at_ms < ?').run(given.atMs - KEPT_MS);
  const { lastInsertRowid } = db
    .prepare(
      'INSERT INTO yields (lease_id, job_name, kind, means, causes, at_ms, latency_us, failed_attempts) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    )
    .run(
      given.leaseId,
      given.jobName,
      given.kind,
      given.means,
      JSON.stringify(given.causes),
      given.atMs,
      given.latencyUs,
      given.failedAttempts,
    );
  return Number(lastInsertRowid);
}

export function setYieldResumed(db: Db, yieldId: number, resumedAtMs: number): void {
  db.prepare('UPDATE yields SET resumed_at_ms = ? WHERE yield_id = ?').run(resumedAtMs, yieldId);
}

interface Raw {
  yield_id: number;
  lease_id: string;
  job_name: string;
  kind: string;
  means: string;
  causes: string;
  at_ms: number;
  latency_us: number;
  failed_attempts: number;
  resumed_at_ms: number | null;
}

/** How fast the machine was given back over the last 30 days, and the last 100 times. */
export function readYields(db: Db, nowMs: number): Yields {
  const recent = db.prepare<[number], Raw>('SELECT * FROM yields ORDER BY at_ms DESC, yield_id DESC LIMIT ?').all(RECENT);
  return {
    freeze: readLatencies(db, 'freeze', nowMs - COUNTED_MS),
    evict: readLatencies(db, 'evict', nowMs - COUNTED_MS),
    recent: recent.map((raw) =>
      yieldRecord.parse({
        id: raw.yield_id,
        leaseId: raw.lease_id,
        jobName: raw.job_name,
        kind: raw.kind,
        means: raw.means,
        causes: JSON.parse(raw.causes),
        atMs: raw.at_ms,
        latencyUs: raw.latency_us,
        failedAttempts: raw.failed_attempts,
        resumedAtMs: raw.resumed_at_ms,
      }),
    ),
  };
}

function readLatencies(db: Db, kind: 'freeze' | 'evict', sinceMs: number): Yields['freeze'] {
  const sorted = db
    .prepare<[string, number], { latency_us: number }>('SELECT latency_us FROM yields WHERE kind = ? AND at_ms >= ? ORDER BY latency_us')
    .all(kind, sinceMs)
    .map((row) => row.latency_us);
  const maxUs = sorted.at(-1);
  if (maxUs === undefined) return null;
  const nearestRank = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? maxUs;
  return { count: sorted.length, p50Us: nearestRank(0.5), p95Us: nearestRank(0.95), maxUs };
}
