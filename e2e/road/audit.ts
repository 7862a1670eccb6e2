import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

/** One broken rule, from `audit.sql`. */
export interface Violation {
  readonly rule: string;
  readonly subject: string;
  readonly detail: string;
}

/** Runs the independent SQL script over both databases of a home. Empty: nothing lost, nothing paid twice. */
export function audit(home: string): readonly Violation[] {
  const db = new Database(':memory:');
  try {
    db.prepare('ATTACH ? AS worker').run(join(home, 'agent', 'agent.sqlite'));
    db.prepare('ATTACH ? AS network').run(join(home, 'network', 'network.db'));
    return db.prepare<[], Violation>(readFileSync(new URL('./audit.sql', import.meta.url), 'utf8')).all();
  } finally {
    db.close();
  }
}
