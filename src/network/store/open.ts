import SqliteDatabase from 'better-sqlite3';
import { CamelCasePlugin, Kysely, SqliteDialect } from 'kysely';
import { migrate } from './migrations.ts';
import type { Database, Schema } from './schema.ts';

/**
 * Opens (or makes) the network's SQLite database at `path` and brings it to the latest version. FULL: a commit that returned
 * survives a power cut. Kysely lends its one connection to one transaction at a time, so writes are serial.
 */
export async function openDatabase(path: string, nowMs: number): Promise<Database> {
  const sqlite = new SqliteDatabase(path);
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = FULL');
  sqlite.pragma('foreign_keys = ON');
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: sqlite }), plugins: [new CamelCasePlugin()] });
  try {
    await migrate(db, nowMs);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return db;
}
