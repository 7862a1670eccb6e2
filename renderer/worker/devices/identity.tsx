import type { HardwareDevice } from '../../../src/contract/model/device.ts';
import { DeviceLabel } from '../../ui/device-label.tsx';
import { formatBytes } from '../../ui/format/bytes.ts';
import { t } from '../../ui/i18n/t.ts';
import { placeIfAmbiguous } from '../device-names.ts';
import { useWorker } from '../store.ts';
import { linkText } from './link-text.ts';

/** What kind it is, where it is in case of doubt, and what an owner knows a card by. */
export function Identity({ device }: { readonly device: HardwareDevice }) {
  const place = useWorker((state) => placeIfAmbiguous(device, state.devices));
  return (
    <p className="text-[13px] leading-6 text-pretty text-muted" data-testid="identity">
      <DeviceLabel kind={device.kind} />{' '}
      {place !== null && (
        <>
          <span className="font-medium whitespace-nowrap text-ink">{place}</span> ·{' '}
        </>
      )}
      {factsOf(device).join(' · ')}
    </p>
  );
}

function factsOf(device: HardwareDevice): readonly string[] {
  const { kind, vendor, driver, memoryBytes, cores, link } = device;
  const memory = memoryBytes === null ? null : formatBytes(memoryBytes.value);
  const maker = vendor === null || device.name.includes(vendor) ? [] : [vendor];
  switch (kind) {
    case 'gpu':
      return [
        ...maker,
        memory === null ? t('fact.vram.unknown') : t('device.vram', { memory }),
        driver === null ? t('fact.driver.unknown') : t('fact.driver', { name: driver.name, version: driver.version ?? '' }).trim(),
        ...(link === null ? [] : [linkText(link.value)]),
      ];
    case 'cpu':
      return [...(cores === null ? [] : [t('device.cores', { cores })]), ...(memory === null ? [] : [t('device.main-memory', { memory })])];
    case 'software':
      return [...maker, ...(driver === null ? [] : [t('fact.driver', { name: driver.name, version: driver.version ?? '' }).trim()])];
  }
}
