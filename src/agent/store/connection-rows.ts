import { type ConnectionRecord, connectionRecord } from '../../contract/model/sandbox.ts';
import type { Db } from './open.ts';

/** The owner can look so far back. */
const KEPT_MS = 30 * 86_400_000;
/** Whatever jobs do, the book of their connections stays small: some 20 MB. */
const KEPT_ROWS = 100_000;

/** Keeps what a lease connected to, in place of what was kept of it before, and forgets what is old. */
export function replaceConnections(db: Db, leaseId: string, records: readonly ConnectionRecord[], nowMs: number): void {
  db.transaction(() => {
    db.prepare('DELETE FROM connections WHERE lease_id = ?').run(leaseId);
    const insert = db.prepare('INSERT INTO connections (lease_id, at_ms, record) VALUES (?, ?, ?)');
    for (const record of records) insert.run(leaseId, record.atMs, JSON.stringify(record));
    db.prepare('DELETE FROM connections WHERE at_ms < ?').run(nowMs - KEPT_MS);
    db.prepare('DELETE FROM connections WHERE connection_id <= (SELECT max(connection_id) FROM connections) - ?').run(KEPT_ROWS);
  })();
}

/** What is kept of a lease, oldest first. */
export function readConnections(db: Db, leaseId: string): readonly ConnectionRecord[] {
  return db
    .prepare<[string], { record: string }>('SELECT record FROM connections WHERE lease_id = ? ORDER BY connection_id')
    .all(leaseId)
    .map(({ record }) => connectionRecord.parse(JSON.parse(record)));
}
