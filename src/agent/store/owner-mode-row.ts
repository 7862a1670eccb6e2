import { type OwnerMode, ownerMode } from '../../contract/model/presence.ts';
import type { Db } from './open.ts';

/** The owner's own word, kept over restarts. Automatic when never said. */
export function readOwnerMode(db: Db): OwnerMode {
  const row = db.prepare<[], { mode: string }>('SELECT mode FROM owner_mode').get();
  return row ? ownerMode.parse(JSON.parse(row.mode)) : { kind: 'automatic' };
}

export function writeOwnerMode(db: Db, mode: OwnerMode): void {
  db.prepare('INSERT INTO owner_mode (only, mode) VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET mode = excluded.mode').run(
    JSON.stringify(mode),
  );
}
