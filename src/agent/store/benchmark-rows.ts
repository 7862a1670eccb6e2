import { type BenchmarkRecord, type BenchmarkResult, benchmarkRecord } from '../../contract/model/benchmark.ts';
import type { Db } from './open.ts';

/** Of each device; failures are at most one a day in the long run. The last result is kept however long ago it was. */
const KEPT = 200;
const SHOWN = 100;

// Rows are in the order in which runs began (rowid): the wall clock may have been set back between two.

/** Writes how a run ended, or how it stands, in place of what was written of the same run before. */
export function writeBenchmark(db: Db, record: BenchmarkRecord): void {
  const { runId, deviceId, atMs } = record.kind === 'result' ? record.result : record.failure;
  db.transaction(() => {
    db.prepare(
      'INSERT INTO benchmarks (run_id, device_id, at_ms, record) VALUES (?, ?, ?, ?) ON CONFLICT (run_id) DO UPDATE SET record = excluded.record',
    ).run(runId, deviceId, atMs, JSON.stringify(record));
    const lastResult = readLastResult(db, deviceId)?.runId ?? '';
    db.prepare(
      `DELETE FROM benchmarks WHERE device_id = ? AND run_id <> ?
       AND run_id NOT IN (SELECT run_id FROM benchmarks WHERE device_id = ? ORDER BY rowid DESC LIMIT ${KEPT})`,
    ).run(deviceId, lastResult, deviceId);
  })();
}

/** As if the run had never begun. */
export function forgetBenchmark(db: Db, runId: string): void {
  db.prepare('DELETE FROM benchmarks WHERE run_id = ?').run(runId);
}

interface Raw {
  record: string;
}
const parse = ({ record }: Raw): BenchmarkRecord => benchmarkRecord.parse(JSON.parse(record));

/** The last 100 runs of a device, newest first. */
export function readBenchmarks(db: Db, deviceId: string): readonly BenchmarkRecord[] {
  return db
    .prepare<[string], Raw>(`SELECT record FROM benchmarks WHERE device_id = ? ORDER BY rowid DESC LIMIT ${SHOWN}`)
    .all(deviceId)
    .map(parse);
}

/** The last result of a device, also where runs after it failed. */
export function readLastResult(db: Db, deviceId: string): BenchmarkResult | null {
  const raw = db
    .prepare<[string], Raw>(
      "SELECT record FROM benchmarks WHERE device_id = ? AND record ->> '$.kind' = 'result' ORDER BY rowid DESC LIMIT 1",
    )
    .get(deviceId);
  const record = raw ? parse(raw) : null;
  return record?.kind === 'result' ? record.result : null;
}
