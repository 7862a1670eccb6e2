import type { HardwareDevice } from '../../src/contract/model/device.ts';
import { t } from '../ui/i18n/t.ts';
import { Switch } from '../ui/switch.tsx';
import { fullName } from './device-names.ts';
import type { HeldSetting } from './settings/use-setting.ts';
import { useWorker } from './store.ts';

/** The owner's switch of one device. */
export function ShareSwitch({ device, held }: { readonly device: HardwareDevice; readonly held: HeldSetting<'devices.off'> }) {
  const name = useWorker((state) => fullName(device, state.devices));
  return (
    <Switch
      aria-label={t('set.devices.off.one', { device: name })}
      checked={!held.value.includes(device.id)}
      possible={held.possible}
      onChange={(isShared) => {
        const others = held.value.filter((id) => id !== device.id);
        held.set(isShared ? others : [...others, device.id]);
      }}
    />
  );
}
