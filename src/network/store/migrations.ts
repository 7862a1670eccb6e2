import { type Kysely, sql } from 'kysely';
import { ProblemError } from '../../contract/model/problem.ts';
import { migration0001 } from './migration-0001.ts';
import { migration0002 } from './migration-0002.ts';
import { migration0003 } from './migration-0003.ts';
import type { Schema } from './schema.ts';

/** In order; the place in the list is the version. A published migration is never edited: add one, with a test that starts from data. */
const MIGRATIONS: readonly (readonly string[])[] = [migration0001, migration0002, migration0003];

export const LATEST_VERSION = MIGRATIONS.length;

/** Brings the database to the latest version, each step with its record in one transaction. Throws `database-newer` for one from the future. */
export async function migrate(db: Kysely<Schema>, nowMs: number): Promise<void> {
  await sql`create table if not exists schema_migrations (version bigint primary key, applied_at_ms bigint not null)`.execute(db);
  const last = await db
    .selectFrom('schemaMigrations')
    .select((eb) => eb.fn.max('version').as('version'))
    .executeTakeFirst();
  const version = last?.version ?? 0;
  if (version > LATEST_VERSION) {
    throw new ProblemError(
      'database-newer',
      `The network's database has version ${version}, this program knows ${LATEST_VERSION}.`,
      'Start the newer program, or use another data directory.',
    );
  }
  for (const [index, statements] of MIGRATIONS.entries()) {
    const step = index + 1;
    if (step <= version) continue;
    await db.transaction().execute(async (tx) => {
      for (const statement of statements) await sql.raw(statement).execute(tx);
      await tx.insertInto('schemaMigrations').values({ version: step, appliedAtMs: nowMs }).execute();
    });
  }
}
