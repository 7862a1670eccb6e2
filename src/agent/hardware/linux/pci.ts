import { basename, join } from 'node:path';
import { linkTarget, namesIn, readWord } from '../../presence/sensors/linux/system-files.ts';

/** PCI vendor ids of the makers whose GPUs we know. Displays of virtual machines and of server boards are no GPUs. */
export const PCI_VENDORS = { nvidia: '10de', amd: '1002', intel: '8086' } as const;
const KNOWN: readonly string[] = Object.values(PCI_VENDORS);
const AMD_PROCESSORS = '1022';

/** A GPU on the PCI bus, by what the kernel keeps in memory: reading it wakes nothing. */
export interface PciGpu {
  /** "0000:41:00.0" */
  readonly busId: string;
  /** Its folder in sysfs. */
  readonly folder: string;
  /** PCI vendor, four digits. */
  readonly vendor: string;
  /** "10de:2684" */
  readonly pciId: string;
  /** The kernel driver that has it; null: none. */
  readonly driver: string | null;
}

/** All GPUs on the bus, in the order of their addresses. */
export function findPciGpus(root: string): readonly PciGpu[] {
  const devices = join(root, 'sys/bus/pci/devices');
  return [...(namesIn(devices) ?? [])].sort().flatMap((busId) => {
    const folder = join(devices, busId);
    const vendor = hexWord(join(folder, 'vendor'));
    if (vendor === null || !KNOWN.includes(vendor) || !computes(readWord(join(folder, 'class')), vendor)) return [];
    return [{ busId, folder, vendor, pciId: `${vendor}:${hexWord(join(folder, 'device')) ?? '0000'}`, driver: driverOf(folder) }];
  });
}

/** With NVIDIA's driver, or without any. Nouveau's are told of by the kernel, and those that a virtual machine has are none of ours. */
export function isNvidias({ vendor, driver }: PciGpu): boolean {
  return vendor === PCI_VENDORS.nvidia && (driver === 'nvidia' || driver === null);
}

function driverOf(folder: string): string | null {
  const target = linkTarget(join(folder, 'driver'));
  return target === null ? null : basename(target);
}

/** Its power is off, and nearly every question would turn it on. */
export function isSuspended(folder: string): boolean {
  return readWord(join(folder, 'power/runtime_status')) === 'suspended';
}

/**
 * Whether a GPU is part of a processor. Intel's are on bus 0; AMD's share their slot with other parts of the processor, such as its
 * security processor, which cards do not have.
 */
export function isIntegrated({ busId, folder, vendor }: PciGpu): boolean {
  if (vendor === PCI_VENDORS.intel) return busId.startsWith('0000:00:');
  if (vendor !== PCI_VENDORS.amd) return false;
  const slot = busId.slice(0, busId.lastIndexOf('.'));
  const beside = (namesIn(join(folder, '..')) ?? []).filter((name) => name.startsWith(`${slot}.`) && name !== busId);
  return beside.some((name) => hexWord(join(folder, '..', name, 'vendor')) === AMD_PROCESSORS);
}

/** PCI class codes: display controllers, and accelerators, as which AMD's Instinct cards appear. */
function computes(classCode: string | null, vendor: string): boolean {
  return classCode?.startsWith('0x03') === true || (classCode?.startsWith('0x1200') === true && vendor === PCI_VENDORS.amd);
}

/** "0x10de" as "10de", or null. */
export function hexWord(path: string): string | null {
  return /^0x([0-9a-f]{4})$/i.exec(readWord(path) ?? '')?.[1]?.toLowerCase() ?? null;
}

/** A word that changes when devices come, go or change their driver. Costs a look at each GPU's driver while the bus stays the same. */
export function watchBus(root: string): () => string {
  let names = '';
  let gpus: readonly PciGpu[] = [];
  return () => {
    const now = (namesIn(join(root, 'sys/bus/pci/devices')) ?? []).join(' ');
    if (now !== names) gpus = findPciGpus(root);
    names = now;
    return gpus.map(({ busId, folder }) => `${busId} ${driverOf(folder)}`).join('\n');
  };
}
