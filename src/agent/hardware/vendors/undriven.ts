import { factsOfCard } from '../linux/card-facts.ts';
import { findPciGpus, isNvidias, PCI_VENDORS, type PciGpu } from '../linux/pci.ts';
import type { PciNames } from '../linux/pci-names.ts';
import { NOTHING, type Vendor } from './vendor.ts';

/** Kernel drivers whose GPUs another file tells of. */
const DRIVEN = ['amdgpu', 'i915', 'xe'];

/** GPUs on the bus that nobody can ask: without a driver, with one that computes nothing, or passed to a virtual machine. */
export function undrivenVendor(root: string, names: PciNames): Vendor {
  return {
    find: async () =>
      findPciGpus(root)
        .filter((card) => !isNvidias(card) && !(card.driver !== null && DRIVEN.includes(card.driver)))
        .map((card) => ({
          facts: { ...factsOfCard(card, names), unshareable: reasonOf(card) },
          depth: 'asked' as const,
          loss: null,
          look: () => NOTHING,
          close: () => undefined,
        })),
    mark: () => '',
  };
}

function reasonOf({ vendor, driver }: PciGpu): { readonly detail: string; readonly fix: string | null } {
  if (driver === 'vfio-pci' || driver === 'pci-stub') {
    return { detail: 'It is set aside for a virtual machine.', fix: 'Give it back to this system where you want to share it.' };
  }
  if (vendor === PCI_VENDORS.nvidia) {
    return {
      detail: `It runs with ${driver ?? 'no driver'}, which cannot compute for jobs.`,
      fix: "Install NVIDIA's own driver, version 450 or later, and restart the machine.",
    };
  }
  return {
    detail: driver === null ? 'It has no driver.' : `Its driver ${driver} tells nothing about it.`,
    fix: 'Install a newer kernel, or the firmware of this GPU.',
  };
}
