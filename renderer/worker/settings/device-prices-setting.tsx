import { useId } from 'react';
import type { HardwareDevice } from '../../../src/contract/model/device.ts';
import type { Settings } from '../../../src/contract/model/settings.ts';
import { DeviceLabel } from '../../ui/device-label.tsx';
import { t } from '../../ui/i18n/t.ts';
import { fullName, placeIfAmbiguous } from '../device-names.ts';
import { useWorker } from '../store.ts';
import { fieldClass } from './field-class.ts';
import { numberScales, PRICE, toField } from './number-scale.ts';
import { SettingRow } from './setting-row.tsx';
import { useNumberField } from './use-number-field.ts';
import { useSetting } from './use-setting.ts';

const MAYBE_PRICE = { ...PRICE, mayBeEmpty: true };

/** A price for each device; empty: that of its kind. The price of a device that is away now is kept. */
export function DevicePricesSetting() {
  const held = useSetting('pricing.ofDevices');
  const devices = useWorker((state) => state.devices);
  const offerable = devices.filter(({ kind }) => kind !== 'software');
  const change = (id: string, price: number | null): void => {
    const { [id]: _, ...others } = held.value;
    held.set(price === null ? others : { ...others, [id]: price });
  };
  return (
    <SettingRow name="pricing.ofDevices" held={held} wide>
      {offerable.length === 0 && <p className="text-[13px] text-muted">{t('set.devices.off.none')}</p>}
      <ul className="grid gap-2.5">
        {offerable.map((device) => (
          <DevicePrice
            key={device.id}
            device={device}
            all={devices}
            prices={held.value}
            possible={held.possible}
            onChange={(price) => change(device.id, price)}
          />
        ))}
      </ul>
    </SettingRow>
  );
}

function DevicePrice(props: {
  readonly device: HardwareDevice;
  readonly all: readonly HardwareDevice[];
  readonly prices: Settings['pricing.ofDevices'];
  readonly possible: boolean;
  readonly onChange: (price: number | null) => void;
}) {
  const { device, all, possible, onChange } = props;
  const id = useId();
  const ofKind = device.kind === 'cpu' ? 'pricing.cpuMicroPerHour' : 'pricing.gpuMicroPerHour';
  const kindPrice = useWorker((state) => state.settings.values[ofKind]);
  const value = props.prices[device.id] ?? null;
  const { unit, wrong, input } = useNumberField({ value, scale: MAYBE_PRICE, possible, onChange });
  const place = placeIfAmbiguous(device, all);
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1">
      <div className="min-w-0 flex-1 basis-40 pt-1.5">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 [overflow-wrap:anywhere]">
          {device.name} <DeviceLabel kind={device.kind} />
        </p>
        {place !== null && <p className="text-[13px] text-muted">{place}</p>}
        {wrong !== null && (
          <p role="alert" id={`${id}-wrong`} className="mt-1 text-[13px] text-bad">
            {wrong}
          </p>
        )}
      </div>
      <div className="flex items-center gap-2">
        <input
          {...input}
          placeholder={toField(kindPrice, numberScales[ofKind])}
          aria-label={t('set.pricing.ofDevices.one', { device: fullName(device, all) })}
          aria-describedby={wrong === null ? `${id}-unit` : `${id}-unit ${id}-wrong`}
          className={`${fieldClass} w-20 text-right tabular-nums`}
        />
        <span id={`${id}-unit`} className="min-w-11 shrink-0 text-[13px] whitespace-nowrap text-muted">
          {unit}
        </span>
      </div>
    </li>
  );
}
