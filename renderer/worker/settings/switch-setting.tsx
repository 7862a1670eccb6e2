import type { ReactNode } from 'react';
import type { SettingKey, Settings } from '../../../src/contract/model/settings.ts';
import { Switch } from '../../ui/switch.tsx';
import { aboutId, nameId, SettingRow } from './setting-row.tsx';
import { useSetting } from './use-setting.ts';

type SwitchKey = { [K in SettingKey]: Settings[K] extends boolean ? K : never }[SettingKey];

/** `whenOn`: what has to be known while it is on. */
export function SwitchSetting({ name, whenOn }: { readonly name: SwitchKey; readonly whenOn?: ReactNode }) {
  const held = useSetting(name);
  return (
    <SettingRow name={name} held={held} note={held.value ? whenOn : undefined}>
      <Switch
        checked={held.value}
        possible={held.possible}
        onChange={held.set}
        aria-labelledby={nameId(name)}
        aria-describedby={aboutId(name)}
      />
    </SettingRow>
  );
}
