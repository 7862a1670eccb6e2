import { DeviceLabel } from '../../ui/device-label.tsx';
import { t } from '../../ui/i18n/t.ts';
import { placeIfAmbiguous } from '../device-names.ts';
import { ShareSwitch } from '../share-switch.tsx';
import { useWorker } from '../store.ts';
import { SettingRow } from './setting-row.tsx';
import { useSetting } from './use-setting.ts';

/** One switch a device that could be shared. A device that is away now, but switched off, stays so. */
export function DevicesSetting() {
  const held = useSetting('devices.off');
  const all = useWorker((state) => state.devices);
  const devices = all.filter(({ kind }) => kind !== 'software');
  return (
    <SettingRow name="devices.off" held={held} wide>
      {devices.length === 0 && <p className="text-[13px] text-muted">{t('set.devices.off.none')}</p>}
      <ul className="grid gap-2.5">
        {devices.map((device) => (
          <li key={device.id} className="flex items-center justify-between gap-4">
            <p className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1 [overflow-wrap:anywhere]">
              {device.name} <DeviceLabel kind={device.kind} />
              <span className="text-[13px] text-muted">{placeIfAmbiguous(device, all)}</span>
            </p>
            <ShareSwitch device={device} held={held} />
          </li>
        ))}
      </ul>
    </SettingRow>
  );
}
