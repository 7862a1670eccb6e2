import type { ReactNode } from 'react';
import type { SettingKey, Settings } from '../../../src/contract/model/settings.ts';
import { Switch } from '../../ui/switch.tsx';
import { aboutId, nameId, SettingRow } from './setting-row.tsx';
import { useSetting } from './use-setting.ts';

type SwitchKey = { [K in SettingKey]: Settings[K] extends boolean ? K : never }[SettingKey];

/** `whenOn`, `whenOff`: what has to be known while it is on, or off. */
export function SwitchSetting(props: { readonly name: SwitchKey; readonly whenOn?: ReactNode; readonly whenOff?: ReactNode }) {
  const { name, whenOn, whenOff } = props;
  const held = useSetting(name);
  return (
    <SettingRow name={name} held={held} note={held.value ? whenOn : whenOff}>
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
