import type { Logger } from '../../../lib/log.ts';
import type { Dxgi, DxgiAdapter } from '../windows/dxgi.ts';
import { type FoundDevice, MEMORY_UNKNOWN, NO_CONTAINERS, NOTHING, SOFTWARE_ONLY, type Vendor } from './vendor.ts';

const SOURCE = 'DXGI';
const MAKERS: Readonly<Record<string, string>> = { '10de': 'NVIDIA', '1002': 'AMD', '1022': 'AMD', '8086': 'Intel', '5143': 'Qualcomm' };
/** Less than this is what an integrated GPU sets aside of the machine's memory. */
const OWN_MEMORY_BYTES = 2 ** 30;
const NO_NVML = { detail: "NVIDIA's driver does not answer.", fix: "Install NVIDIA's own driver, and restart the machine." };

/** GPUs by DXGI, which every Windows has. NVIDIA's are left out where NVML tells of them. Figures while they run are the vendors' own affair. */
export function windowsVendor(load: () => Dxgi, nvmlTells: () => boolean, logger: Logger): Vendor {
  let dxgi: Dxgi | null = null;
  return {
    async find() {
      try {
        dxgi ??= load();
        const seen = new Map<string, number>();
        return dxgi
          .adapters()
          .filter(({ pciId }) => !(pciId.startsWith('10de:') && nvmlTells()))
          .map((adapter) => {
            const ordinal = seen.get(adapter.pciId) ?? 0;
            seen.set(adapter.pciId, ordinal + 1);
            return deviceOf(adapter, ordinal);
          });
      } catch (error) {
        logger.warn({ error }, 'DXGI does not tell about the GPUs of this machine');
        return [];
      }
    },
    mark: () => '',
  };
}

function deviceOf({ name, pciId, dedicatedBytes, isSoftware }: DxgiAdapter, ordinal: number): FoundDevice {
  const maker = pciId.slice(0, 4);
  const unshareable = isSoftware ? SOFTWARE_ONLY : maker === '10de' ? NO_NVML : dedicatedBytes === 0 ? MEMORY_UNKNOWN : NO_CONTAINERS;
  return {
    facts: {
      kind: isSoftware ? 'software' : 'gpu',
      name,
      place: `Graphics ${ordinal}`, // numbers of this model only: DXGI tells no place on the bus
      vendor: MAKERS[maker] ?? null,
      form: isSoftware ? null : dedicatedBytes >= OWN_MEMORY_BYTES ? 'discrete' : 'integrated',
      source: SOURCE,
      cores: null,
      memoryBytes: isSoftware || dedicatedBytes === 0 ? null : { value: dedicatedBytes, source: SOURCE },
      uuid: null,
      busId: null,
      pciId,
      driver: null,
      powerLimitW: null,
      powerLimitDefaultW: null,
      link: null,
      unshareable,
    },
    depth: 'asked',
    loss: null,
    look: () => NOTHING,
    close: () => undefined,
  };
}
