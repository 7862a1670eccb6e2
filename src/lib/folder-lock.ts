import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ensurePrivateDir } from './files.ts';

/**
 * Takes a data folder for this process alone. The lock is SQLite's own on a small file, held by the kernel: it goes when the
 * process goes, however that ends, so no stale lock keeps a restart out. Null: another process holds it.
 */
export function lockFolder(folder: string): Disposable | null {
  const db = new Database(join(ensurePrivateDir(folder), 'lock.sqlite'), { timeout: 0 });
  try {
    db.pragma('journal_mode = DELETE');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (error instanceof Database.SqliteError && error.code === 'SQLITE_BUSY') return null;
    throw error;
  }
  return {
    [Symbol.dispose]() {
      db.close();
    },
  };
}
