import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ProblemError } from '../../contract/model/problem.ts';
import { ensurePrivateDir } from '../../lib/files.ts';
import { migrations } from './migrations.ts';

export type Db = Database.Database;

/** Opens the worker's database in `dataDir`, brings it to this version's schema, and takes it for this process alone. */
export function openStore(dataDir: string): Db {
  const path = join(ensurePrivateDir(dataDir), 'agent.sqlite');
  const db = new Database(path, { timeout: 2_000 });
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL'); // receipts and leases must survive a power cut
  db.pragma('foreign_keys = ON');
  migrate(db, path);
  prepareOnce(db);
  return db;
}

/**
 * Each text is prepared once and its statement shared: what an agent that waits reads every second cost more to prepare, and then to collect,
 * than to run. So nobody may leave a statement in another mode (`pluck`, `raw`), in the middle of `iterate`, or with values in its text.
 */
function prepareOnce(db: Db): void {
  const prepare = db.prepare.bind(db);
  const statements = new Map<string, Database.Statement>();
  const shared = (text: string): Database.Statement => {
    const statement = statements.get(text) ?? prepare(text);
    statements.set(text, statement);
    return statement;
  };
  db.prepare = shared as Db['prepare']; // its type parameters are the caller's word about the text, here as there
}

function migrate(db: Db, path: string): void {
  const version = Number(db.pragma('user_version', { simple: true }));
  if (version > migrations.length) {
    db.close();
    throw new ProblemError(
      'database-newer',
      `The database ${path} was written by a newer Nightshift (schema ${version}, this one knows ${migrations.length}).`,
      'Update Nightshift, or start it with another --home folder.',
    );
  }
  for (let next = version; next < migrations.length; next++) {
    db.transaction(() => {
      db.exec(migrations[next] ?? '');
      db.pragma(`user_version = ${next + 1}`);
    })();
  }
}

/** Rows that were written through this connection so far: while it stands still, nothing here has changed. */
export function readTotalChanges(db: Db): number {
  return db.prepare<[], { changes: number }>('SELECT total_changes() AS changes').get()?.changes ?? 0;
}
