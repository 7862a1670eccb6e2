import type { DeviceFacts } from '../vendors/vendor.ts';
import { isIntegrated, PCI_VENDORS, type PciGpu } from './pci.ts';
import type { PciNames } from './pci-names.ts';

const MAKERS: Readonly<Record<string, string>> = { [PCI_VENDORS.nvidia]: 'NVIDIA', [PCI_VENDORS.amd]: 'AMD', [PCI_VENDORS.intel]: 'Intel' };

/** What the bus alone tells of a GPU, which wakes nothing. */
export function factsOfCard(card: PciGpu, names: PciNames): DeviceFacts {
  const vendor = MAKERS[card.vendor] ?? null;
  return {
    kind: 'gpu',
    name: names(card.pciId) ?? `${vendor ?? 'Unknown'} GPU ${card.pciId}`,
    place: `PCI ${card.busId}`,
    vendor,
    form: isIntegrated(card) ? 'integrated' : 'discrete',
    source: 'sysfs',
    cores: null,
    memoryBytes: null,
    uuid: null,
    busId: card.busId,
    pciId: card.pciId,
    driver: card.driver === null ? null : { name: card.driver, version: null },
    powerLimitW: null,
    powerLimitDefaultW: null,
    link: null,
    unshareable: null,
  };
}
