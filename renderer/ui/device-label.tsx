import type { DeviceKind } from '../../src/contract/model/device.ts';
import { t } from './i18n/t.ts';

/** What kind of device it is; neither a CPU nor a software adapter is ever mistaken for a GPU. */
export function DeviceLabel({ kind }: { readonly kind: DeviceKind }) {
  return (
    <span className="inline-flex items-center rounded bg-raised px-1.5 text-xs leading-5 whitespace-nowrap text-muted">
      {t(`device.${kind}`)}
    </span>
  );
}
