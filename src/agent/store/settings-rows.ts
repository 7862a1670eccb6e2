import type { SettingKey } from '../../contract/model/settings.ts';
import type { Db } from './open.ts';

export interface SettingRow {
  readonly layer: 'policy' | 'owner';
  readonly key: string;
  /** JSON */
  readonly value: string;
  readonly locked: boolean;
}

/** Every stored setting of both layers. */
export function readSettingRows(db: Db): readonly SettingRow[] {
  const rows = db
    .prepare<[], { layer: 'policy' | 'owner'; key: string; value: string; locked: number }>(
      'SELECT layer, key, value, locked FROM settings',
    )
    .all();
  return rows.map((row) => ({ ...row, locked: row.locked === 1 }));
}

export function writeOwnerSetting(db: Db, key: SettingKey, value: unknown): void {
  db.prepare(
    `INSERT INTO settings (layer, key, value) VALUES ('owner', ?, ?) ON CONFLICT (layer, key) DO UPDATE SET value = excluded.value`,
  ).run(key, JSON.stringify(value));
}

export function deleteOwnerSetting(db: Db, key: SettingKey): void {
  db.prepare(`DELETE FROM settings WHERE layer = 'owner' AND key = ?`).run(key);
}
