import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { tempDir } from '../testing/temp-dir.ts';
import { migration0001 } from './migration-0001.ts';
import { migration0002 } from './migration-0002.ts';
import { openDatabase } from './open.ts';

/** A database as version 2 has left it: a lease that has ended, and one that runs. */
function makeVersion2(path: string): void {
  const old = new SqliteDatabase(path);
  old.pragma('foreign_keys = ON');
  old.exec('create table schema_migrations (version bigint primary key, applied_at_ms bigint not null)');
  for (const statement of [...migration0001, ...migration0002]) old.exec(statement);
  old.exec(`insert into schema_migrations values (1, 1), (2, 1);
    insert into accounts values ('ren', 'renter', 'Rolf', 1), ('own', 'owner', 'Olga', 1);
    insert into workers values ('wkr', 'own', 'key', 'w', '[]', 1, 1, 7);
    insert into jobs (id, renter_id, idempotency_key, body_digest, spec_json, state, attempt, failed_attempts, declined_by_json, held_micro,
      charged_micro, billed_ms, submitted_at_ms) values ('job', 'ren', 'key', 'sha256:x', '{}', 'running', 2, 0, '[]', 5, 3, 1000, 1);
    insert into leases (id, job_id, worker_id, owner_id, device_id, lease_epoch, state, micro_per_hour, take_rate_basis_points,
      max_unfrozen_ms, terms_json, terms_signature, cumulative_unfrozen_ms, granted_at_ms, closed_at_ms) values
      ('old', 'job', 'wkr', 'own', 'cpu0', 1, 'closed', 50000, 2000, 5000, '{}', 'sig', 500, 1, 9),
      ('now', 'job', 'wkr', 'own', 'cpu0', 2, 'active', 60000, 2000, 5000, '{}', 'sig', 500, 10, null)`);
  old.close();
}

test('leases of a database of version 2 are of processors, and closed ones are found by when they ended', async () => {
  using dir = tempDir();
  const path = join(dir.path, 'network.db');
  makeVersion2(path);
  const db = await openDatabase(path, 2);
  const rows = await db.selectFrom('leases').select(['id', 'deviceClass', 'closedAtMs']).orderBy('leaseEpoch').execute();
  expect(rows).toEqual([
    { id: 'old', deviceClass: 'cpu', closedAtMs: 9 },
    { id: 'now', deviceClass: 'cpu', closedAtMs: null },
  ]);
  const plan = await sql<{ detail: string }>`explain query plan select id from leases where closed_at_ms >= ${5}`.execute(db);
  expect(plan.rows.map(({ detail }) => detail).join()).toContain('leases_closed');
  await db.destroy();
});
