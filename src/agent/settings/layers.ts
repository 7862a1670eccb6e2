import { type SettingKey, type SettingLayer, type SettingsView, settingKey, settings } from '../../contract/model/settings.ts';
import type { SettingRow } from '../store/settings-rows.ts';

/**
 * The values that hold: a locked policy value, else the owner's, else the policy's, else the default. A stored value that no
 * longer fits its setting is passed over, so that an old value never stops the agent.
 */
export function resolveSettings(rows: readonly SettingRow[]): SettingsView {
  const values: Record<string, unknown> = {};
  const layerOf: Partial<Record<SettingKey, SettingLayer>> = {};
  const locked: SettingKey[] = [];
  for (const key of settingKey.options) {
    const policy = storedValue(rows, 'policy', key);
    const owner = storedValue(rows, 'owner', key);
    if (policy?.locked) locked.push(key);
    const winner = policy?.locked ? policy : (owner ?? policy);
    layerOf[key] = winner?.layer ?? 'default';
    if (winner) values[key] = winner.value;
  }
  return { values: settings.parse(values), layerOf: layerOf as Record<SettingKey, SettingLayer>, locked };
}

interface StoredValue {
  readonly layer: 'policy' | 'owner';
  readonly value: unknown;
  readonly locked: boolean;
}

function storedValue(rows: readonly SettingRow[], layer: 'policy' | 'owner', key: SettingKey): StoredValue | undefined {
  const row = rows.find((each) => each.layer === layer && each.key === key);
  if (!row) return undefined;
  const parsed = settings.shape[key].safeParse(JSON.parse(row.value));
  return parsed.success ? { layer, value: parsed.data, locked: row.locked } : undefined;
}
