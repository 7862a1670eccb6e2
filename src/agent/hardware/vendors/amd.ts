import { join } from 'node:path';
import type { HardwareDevice } from '../../../contract/model/device.ts';
import { readText, readWord, wholeNumber } from '../../presence/sensors/linux/system-files.ts';
import { amdModel } from '../linux/amd-models.ts';
import { factsOfCard } from '../linux/card-facts.ts';
import { type Hwmon, openHwmon } from '../linux/hwmon.ts';
import { keepNumbers } from '../linux/kept-numbers.ts';
import { driverVersion } from '../linux/module-version.ts';
import { findPciGpus, isIntegrated, isSuspended, type PciGpu } from '../linux/pci.ts';
import { readLink, slotFolder } from '../linux/pci-link.ts';
import type { PciNames } from '../linux/pci-names.ts';
import { type DeviceFacts, type FoundDevice, NO_CONTAINERS, NOTHING, STALE, UNKNOWN_SAMPLE, UNSEEN, type Vendor } from './vendor.ts';

const SOURCE = 'amdgpu';
const MICRO = 1_000_000;
/** Links and counters of errors change seldom. */
const SLOW_EVERY_MS = 10_000;

/** AMD's GPUs that run with the kernel's amdgpu driver: Documentation/gpu/amdgpu/thermal.rst, driver-misc.rst. */
export function amdVendor(root: string, names: PciNames): Vendor {
  return {
    find: async () =>
      findPciGpus(root)
        .filter(({ driver }) => driver === 'amdgpu')
        .map((card) => (isSuspended(card.folder) ? sleeping(card, root, names) : open(card, root, names))),
    mark: () => '',
  };
}

function sleeping(card: PciGpu, root: string, names: PciNames): FoundDevice {
  const facts = { ...factsOfCard(card, names), name: nameOf(card, root, names), unshareable: UNSEEN };
  const look = () => (isSuspended(card.folder) ? NOTHING : STALE);
  return { facts, depth: 'asleep', loss: null, look, close: () => undefined };
}

function open(card: PciGpu, root: string, names: PciNames): FoundDevice {
  const { folder } = card;
  const files = keepNumbers(folder, ['gpu_busy_percent', 'mem_busy_percent', 'mem_info_vram_used']);
  const hwmon = openHwmon(folder);
  const [edge, junction, memory] = ['edge', 'junction', 'mem'].map((label) => hwmon?.input('temp', label) ?? null);
  const [core, memoryClock] = ['sclk', 'mclk'].map((label) => hwmon?.input('freq', label) ?? null);
  const limitC = positive(milli(edge === null || edge === undefined ? null : (hwmon?.once(`${edge}_crit`) ?? null)));
  const fanMax = hwmon?.once('fan1_max') ?? null;
  const slot = isIntegrated(card) ? null : slotFolder(card);
  const input = (name: string | null | undefined) => (name ? (hwmon?.number(`${name}_input`) ?? null) : null);
  let slowMs = Number.NEGATIVE_INFINITY;
  let slow = { linkGeneration: null as number | null, linkWidth: null as number | null, memoryErrors: null as number | null };

  return {
    facts: factsOf(card, root, names, hwmon, slot),
    depth: 'asked',
    loss: null,
    look(nowMs) {
      if (isSuspended(folder)) return NOTHING;
      if (Math.abs(nowMs - slowMs) >= SLOW_EVERY_MS) {
        slowMs = nowMs;
        const link = slot === null ? null : readLink(slot);
        slow = { linkGeneration: link?.generation ?? null, linkWidth: link?.width ?? null, memoryErrors: uncorrected(folder) };
      }
      const fanRpm = hwmon?.number('fan1_input') ?? null;
      return {
        kind: 'sample',
        sample: {
          ...UNKNOWN_SAMPLE,
          ...slow,
          atMs: nowMs,
          source: SOURCE,
          busyShare: percent(files.read('gpu_busy_percent')),
          memoryBusyShare: percent(files.read('mem_busy_percent')),
          temperatureC: milli(input(edge)),
          hotspotC: milli(input(junction)),
          memoryTemperatureC: milli(input(memory)),
          limitC,
          powerW: micro(hwmon?.number('power1_average', 'power1_input') ?? null),
          powerLimitW: positive(micro(hwmon?.number('power1_cap') ?? null)),
          vramUsedBytes: files.read('mem_info_vram_used'),
          coreClockMhz: micro(input(core)),
          memoryClockMhz: micro(input(memoryClock)),
          fanShare: fanRpm === null || fanMax === null || fanMax <= 0 ? null : Math.min(1, fanRpm / fanMax),
        },
      };
    },
    close() {
      files.close();
      hwmon?.close();
    },
  };
}

function factsOf(card: PciGpu, root: string, names: PciNames, hwmon: Hwmon | null, slot: string | null): DeviceFacts {
  const { folder } = card;
  const memoryBytes = wholeNumber(readText(join(folder, 'mem_info_vram_total')));
  const link = slot === null ? null : readLink(slot);
  return {
    ...factsOfCard(card, names),
    name: nameOf(card, root, names),
    source: SOURCE,
    memoryBytes: fact(positive(memoryBytes)),
    uuid: uniqueId(folder),
    driver: { name: 'amdgpu', version: driverVersion(root, 'amdgpu') },
    powerLimitW: fact(positive(micro(hwmon?.once('power1_cap') ?? null))),
    powerLimitDefaultW: fact(positive(micro(hwmon?.once('power1_cap_default') ?? null))),
    link: link === null ? null : { value: link, source: 'sysfs' },
    unshareable: NO_CONTAINERS,
  };
}

/** The list of PCI ids has one line for all cards of one chip; AMD's own goes by the revision too. */
function nameOf(card: PciGpu, root: string, names: PciNames): string {
  const revision = /^0x([0-9a-f]{2})$/i.exec(readWord(join(card.folder, 'revision')) ?? '')?.[1] ?? '';
  return amdModel(root, card.pciId.slice(5), revision) ?? factsOfCard(card, names).name;
}

/** Sixteen digits. Empty where the kernel has the file and this chip no number (amdgpu_get_unique_id): no two cards are the same for that. */
function uniqueId(folder: string): string | null {
  const id = readWord(join(folder, 'unique_id')) ?? '';
  return /^[0-9a-f]{16}$/.test(id) && /[^0]/.test(id) ? id : null;
}

/** The line "ue: 0" of what the memory controllers have counted (Documentation/gpu/amdgpu/ras.rst). */
function uncorrected(folder: string): number | null {
  const count = /^ue:\s*(\d+)$/m.exec(readWord(join(folder, 'ras/umc_err_count')) ?? '')?.[1];
  return count === undefined ? null : Number(count);
}

const milli = (value: number | null): number | null => (value === null ? null : value / 1_000);
const micro = (value: number | null): number | null => (value === null ? null : value / MICRO);
const percent = (value: number | null): number | null => (value === null ? null : Math.min(1, value / 100));
const positive = (value: number | null): number | null => (value !== null && value > 0 ? value : null);
const fact = (value: number | null): HardwareDevice['memoryBytes'] => (value === null ? null : { value, source: SOURCE });
