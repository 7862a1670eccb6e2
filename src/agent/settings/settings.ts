import { ProblemError } from '../../contract/model/problem.ts';
import { type SettingKey, type SettingsView, settings } from '../../contract/model/settings.ts';
import type { Db } from '../store/open.ts';
import { deleteOwnerSetting, readSettingRows, writeOwnerSetting } from '../store/settings-rows.ts';
import { resolveSettings } from './layers.ts';

export function readSettings(db: Db): SettingsView {
  return resolveSettings(readSettingRows(db));
}

/** Sets the owner's value. A locked key or a value out of range is refused with the reason. */
export function setOwnerSetting(db: Db, key: SettingKey, value: unknown): SettingsView {
  refuseLocked(db, key);
  const parsed = settings.shape[key].safeParse(value);
  if (!parsed.success) {
    throw new ProblemError(
      'invalid-request',
      `${key} cannot be ${JSON.stringify(value)}: ${parsed.error.issues[0]?.message ?? 'not valid'}.`,
      `It is: ${settings.shape[key].description ?? key}.`,
    );
  }
  writeOwnerSetting(db, key, parsed.data);
  return readSettings(db);
}

/** Takes the owner's value back. */
export function resetOwnerSetting(db: Db, key: SettingKey): SettingsView {
  refuseLocked(db, key);
  deleteOwnerSetting(db, key);
  return readSettings(db);
}

function refuseLocked(db: Db, key: SettingKey): void {
  if (readSettings(db).locked.includes(key)) {
    throw new ProblemError('forbidden', `${key} is locked by your organisation's policy.`, 'Ask whoever manages this machine.');
  }
}
