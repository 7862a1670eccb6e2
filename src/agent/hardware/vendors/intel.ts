import { join } from 'node:path';
import { namesIn, readText, wholeNumber } from '../../presence/sensors/linux/system-files.ts';
import { factsOfCard } from '../linux/card-facts.ts';
import { energyMeter } from '../linux/energy-meter.ts';
import { openHwmon } from '../linux/hwmon.ts';
import { keepNumbers } from '../linux/kept-numbers.ts';
import { driverVersion } from '../linux/module-version.ts';
import { findPciGpus, isIntegrated, isSuspended, type PciGpu } from '../linux/pci.ts';
import { readLink, slotFolder } from '../linux/pci-link.ts';
import type { PciNames } from '../linux/pci-names.ts';
import { type FoundDevice, NO_CONTAINERS, NOTHING, STALE, UNKNOWN_SAMPLE, UNSEEN, type Vendor } from './vendor.ts';

const MICRO = 1_000_000;
const LINK_EVERY_MS = 10_000;

/** Intel's GPUs with the kernel's i915 or xe driver: Documentation/ABI/testing/sysfs-driver-intel-{i915,xe}-hwmon. */
export function intelVendor(root: string, names: PciNames): Vendor {
  return {
    find: async () =>
      findPciGpus(root)
        .filter(({ driver }) => driver === 'i915' || driver === 'xe')
        .map((card) => open(card, root, names)),
    mark: () => '',
  };
}

function open(card: PciGpu, root: string, names: PciNames): FoundDevice {
  const { folder } = card;
  const driver = card.driver ?? '';
  const basic = { ...factsOfCard(card, names), source: driver, unshareable: NO_CONTAINERS };
  if (isSuspended(folder)) {
    const look = () => (isSuspended(folder) ? NOTHING : STALE);
    return { facts: { ...basic, unshareable: UNSEEN }, depth: 'asleep', loss: null, look, close: () => undefined };
  }
  const drm = cardFolder(folder);
  const hwmon = openHwmon(folder);
  // i915 measures the whole card without a label; xe labels card, package and memory.
  const meter = hwmon?.input('energy', 'card') ?? 'energy1';
  const power = energyMeter();
  const heat = hwmon?.input('temp', 'pkg') ?? 'temp1';
  const memoryHeat = hwmon?.input('temp', 'vram') ?? null;
  const limits = ['power1_max', 'power1_cap'];
  const clock = keepNumbers(driver === 'xe' ? join(folder, 'tile0/gt0/freq0') : (drm ?? folder), ['act_freq', 'gt_act_freq_mhz']);
  const slot = isIntegrated(card) ? null : slotFolder(card);
  const readSlot = () => (slot === null ? null : readLink(slot));
  const link = readSlot();
  const memoryBytes = memoryOf(folder, drm);
  let linkMs = Number.NEGATIVE_INFINITY;
  let linkNow = link;

  return {
    facts: {
      ...basic,
      memoryBytes: memoryBytes === null ? null : { value: memoryBytes, source: driver },
      driver: { name: driver, version: driverVersion(root, driver) },
      powerLimitW: fact(micro(hwmon?.once(...limits) ?? null), driver),
      powerLimitDefaultW: fact(micro(hwmon?.once('power1_rated_max') ?? null), driver),
      link: link === null ? null : { value: link, source: 'sysfs' },
    },
    depth: 'asked',
    loss: null,
    look(nowMs) {
      if (isSuspended(folder)) return NOTHING;
      if (Math.abs(nowMs - linkMs) >= LINK_EVERY_MS) {
        linkMs = nowMs;
        linkNow = readSlot();
      }
      const celsius = hwmon?.number(`${heat}_input`) ?? null;
      const memoryCelsius = memoryHeat === null ? null : (hwmon?.number(`${memoryHeat}_input`) ?? null);
      const limit = micro(hwmon?.number(...limits) ?? null);
      return {
        kind: 'sample',
        sample: {
          ...UNKNOWN_SAMPLE,
          atMs: nowMs,
          source: driver,
          temperatureC: celsius === null ? null : celsius / 1_000,
          memoryTemperatureC: memoryCelsius === null ? null : memoryCelsius / 1_000,
          powerW: power(hwmon?.number(`${meter}_input`) ?? null, nowMs),
          powerLimitW: limit !== null && limit > 0 ? limit : null,
          coreClockMhz: clock.read('act_freq') ?? clock.read('gt_act_freq_mhz'),
          linkGeneration: linkNow?.generation ?? null,
          linkWidth: linkNow?.width ?? null,
        },
      };
    },
    close() {
      clock.close();
      hwmon?.close();
    },
  };
}

/** "card1" of the device: i915 keeps its own files there. */
function cardFolder(folder: string): string | null {
  const card = (namesIn(join(folder, 'drm')) ?? []).find((name) => /^card\d+$/.test(name));
  return card === undefined ? null : join(folder, 'drm', card);
}

/** xe tells the memory of each tile; i915 only in Intel's own builds of it. Integrated GPUs have none. */
function memoryOf(folder: string, drm: string | null): number | null {
  const tiles = (namesIn(folder) ?? []).filter((name) => /^tile\d+$/.test(name));
  const ofTiles = tiles.map((tile) => wholeNumber(readText(join(folder, tile, 'physical_vram_size_bytes'))) ?? 0);
  const sum = ofTiles.reduce((total, bytes) => total + bytes, 0);
  if (sum > 0) return sum;
  const ofCard = drm === null ? null : wholeNumber(readText(join(drm, 'lmem_total_bytes')));
  return ofCard !== null && ofCard > 0 ? ofCard : null;
}

const micro = (value: number | null): number | null => (value === null ? null : value / MICRO);
const fact = (value: number | null, source: string) => (value === null || value <= 0 ? null : { value, source });
