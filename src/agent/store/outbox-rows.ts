import { type OutboxRecord, outboxRecord } from '../../contract/session-api.ts';
import type { Db } from './open.ts';

type WithoutSeq<T> = T extends unknown ? Omit<T, 'seq'> : never;
/** A record before it has its number. */
export type OutboxBody = WithoutSeq<OutboxRecord>;

/** Appends a record; call it in the transaction that makes the fact it reports. */
export function appendOutbox(db: Db, body: OutboxBody): void {
  db.prepare('INSERT INTO outbox (record) VALUES (?)').run(JSON.stringify(body));
}

/** Up to `limit` records above `afterSeq`, in order. */
export function readOutbox(db: Db, afterSeq: number, limit: number): readonly OutboxRecord[] {
  const rows = db
    .prepare<[number, number], { seq: number; record: string }>('SELECT seq, record FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?')
    .all(afterSeq, limit);
  return rows.map((row) => outboxRecord.parse({ ...JSON.parse(row.record), seq: row.seq }));
}

/** Removes what the network has acknowledged. */
export function deleteOutbox(db: Db, upToSeq: number): void {
  db.prepare('DELETE FROM outbox WHERE seq <= ?').run(upToSeq);
}

/**
 * Numbers go on above what the network has already seen. Only a worker whose database was lost, but not its key, is behind:
 * without this its new records would look old to the network.
 */
export function continueOutboxAbove(db: Db, acknowledgedSeq: number): void {
  const last = db.prepare<[], { seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = 'outbox'`).get();
  if (last && last.seq >= acknowledgedSeq) return;
  db.transaction(() => {
    const waiting = db.prepare<[], { seq: number; record: string }>('SELECT seq, record FROM outbox ORDER BY seq').all();
    db.prepare('DELETE FROM outbox').run();
    db.prepare(`DELETE FROM sqlite_sequence WHERE name = 'outbox'`).run();
    db.prepare(`INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', ?)`).run(acknowledgedSeq);
    for (const row of waiting) db.prepare('INSERT INTO outbox (record) VALUES (?)').run(row.record);
  })();
}
