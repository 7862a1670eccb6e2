import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import { leaseTerms } from '../../contract/model/lease.ts';
import { jobRows, jobView } from '../market/job-view.ts';
import { TEST_SPEC } from '../testing/network.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { migration0001 } from './migration-0001.ts';
import { LATEST_VERSION } from './migrations.ts';
import { openDatabase } from './open.ts';

const { checkpoint: _, ...OLD_SPEC } = TEST_SPEC;
const OLD_TERMS = {
  leaseId: 'lea_1',
  leaseEpoch: 1,
  jobId: 'job_1',
  deviceId: 'cpu0',
  workerId: 'wkr_1',
  spec: OLD_SPEC,
  microPerHour: 1,
  takeRateBasisPoints: 2_000,
  currency: 'TEST',
  maxUnfrozenMs: 1,
  receiptIntervalMs: 5_000,
  grantedAtMs: 1,
};

/** A database as version 1 has left it: a job in the middle of its second attempt. */
function makeVersion1(path: string): void {
  const old = new SqliteDatabase(path);
  old.pragma('foreign_keys = ON');
  old.exec('create table schema_migrations (version bigint primary key, applied_at_ms bigint not null)');
  for (const statement of migration0001) old.exec(statement);
  old.exec('insert into schema_migrations values (1, 1)');
  old.exec(`insert into accounts values ('ren', 'renter', 'Rolf', 1), ('own', 'owner', 'Olga', 1)`);
  old.exec(`insert into workers values ('wkr_1', 'own', 'key', 'w', '[]', 1, 1, 7)`);
  old
    .prepare(
      `insert into jobs (id, renter_id, idempotency_key, body_digest, spec_json, state, attempt, failed_attempts, declined_by_json, lease_id,
         hold_id, held_micro, charged_micro, billed_ms, submitted_at_ms)
       values ('job_1', 'ren', 'key-1', 'sha256:x', ?, 'running', 2, 1, '[]', 'lea_1', 'hold:job_1:2', 5, 3, 1000, 1)`,
    )
    .run(JSON.stringify(OLD_SPEC));
  old
    .prepare(
      `insert into leases (id, job_id, worker_id, owner_id, device_id, lease_epoch, state, micro_per_hour, take_rate_basis_points,
         max_unfrozen_ms, terms_json, terms_signature, cumulative_unfrozen_ms, granted_at_ms)
       values ('lea_1', 'job_1', 'wkr_1', 'own', 'cpu0', 1, 'active', 1, 2000, 5000, ?, 'sig', 500, 1)`,
    )
    .run(JSON.stringify(OLD_TERMS));
  old.close();
}

test('a database of version 1 keeps its jobs and leases, which have no checkpoint yet', async () => {
  using dir = tempDir();
  const path = join(dir.path, 'network.db');
  makeVersion1(path);
  const db = await openDatabase(path, 2);
  const row = await jobRows(db).where('jobs.id', '=', 'job_1').executeTakeFirstOrThrow();
  expect(jobView(row, { onlineWorkers: 0, candidates: [] })).toMatchObject({
    state: 'running',
    attempt: 2,
    heldMicro: 5,
    chargedMicro: 3,
    unfrozenMs: 1_500,
    checkpoint: null,
    interruption: null,
    spec: { checkpoint: null },
  });
  const lease = await db.selectFrom('leases').selectAll().executeTakeFirstOrThrow();
  expect(leaseTerms.parse(JSON.parse(lease.termsJson))).toMatchObject({ checkpoint: null, spec: { checkpoint: null } });
  const applied = await db.selectFrom('schemaMigrations').select('version').orderBy('version').execute();
  expect(applied.map(({ version }) => version)).toEqual(Array.from({ length: LATEST_VERSION }, (_, index) => index + 1));
  await db.destroy();
});
