import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { tempDir } from '../testing/temp-dir.ts';
import { LATEST_VERSION } from './migrations.ts';
import { openDatabase } from './open.ts';

test('a database is made once and opened again with what is in it', async () => {
  using dir = tempDir();
  const path = join(dir.path, 'network.db');
  const db = await openDatabase(path, 1);
  await db.insertInto('meta').values({ key: 'networkId', value: 'net_1' }).execute();
  const { rows } = await sql<{ synchronous: number }>`pragma synchronous`.execute(db);
  expect(rows[0]?.synchronous).toBe(2); // FULL
  await db.destroy();

  const again = await openDatabase(path, 2);
  expect(await again.selectFrom('meta').selectAll().execute()).toEqual([{ key: 'networkId', value: 'net_1' }]);
  expect(await again.selectFrom('schemaMigrations').selectAll().execute()).toEqual(
    Array.from({ length: LATEST_VERSION }, (_, index) => ({ version: index + 1, appliedAtMs: 1 })),
  );
  await again.destroy();
});

test('a database of a newer program is refused and left alone', async () => {
  using dir = tempDir();
  const path = join(dir.path, 'network.db');
  const db = await openDatabase(path, 1);
  await db
    .insertInto('schemaMigrations')
    .values({ version: LATEST_VERSION + 1, appliedAtMs: 1 })
    .execute();
  await db.destroy();
  await expect(openDatabase(path, 2)).rejects.toMatchObject({ problem: { code: 'database-newer' } });
});
