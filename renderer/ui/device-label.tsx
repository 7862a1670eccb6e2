import type { DeviceClass } from '../../src/contract/model/device.ts';
import { t } from './i18n/t.ts';

/** What kind of device it is; a CPU is never mistaken for a GPU. */
export function DeviceLabel({ deviceClass }: { readonly deviceClass: DeviceClass }) {
  return (
    <span className="inline-flex items-center rounded bg-raised px-1.5 text-xs leading-5 whitespace-nowrap text-muted">
      {t(`device.${deviceClass}`)}
    </span>
  );
}
