import { dirname, join } from 'node:path';
import type { HardwareDevice } from '../../../contract/model/device.ts';
import { linkTarget, readWord } from '../../presence/sensors/linux/system-files.ts';
import { hexWord, type PciGpu } from './pci.ts';

export type PciLink = NonNullable<HardwareDevice['link']>['value'];

/** Gigatransfers a second of each generation of PCI Express. */
const GENERATIONS: Readonly<Record<string, number>> = { '2.5': 1, '5.0': 2, '5': 2, '8.0': 3, '16.0': 4, '32.0': 5, '64.0': 6 };
const BRIDGE = '0x0604';
const MAX_WIDTH = 32;

/**
 * The folder whose link is the one to the slot. AMD's and Intel's cards have a bridge of their own on them: the GPU behind it shows the link
 * inside of the card, and the outer end of the bridge the one that counts.
 */
export function slotFolder(gpu: PciGpu): string {
  const target = linkTarget(gpu.folder);
  if (target === null) return gpu.folder;
  const real = join(dirname(gpu.folder), target);
  const [inner, outer] = [dirname(real), dirname(dirname(real))];
  // A bridge of the same maker below the root port, which is what lies directly in a folder such as pci0000:00.
  const isOnCard = (folder: string): boolean =>
    hexWord(join(folder, 'vendor')) === gpu.vendor &&
    readWord(join(folder, 'class'))?.startsWith(BRIDGE) === true &&
    !/\/pci[0-9a-f]{4}:[0-9a-f]{2}$/.test(dirname(folder));
  return isOnCard(inner) && isOnCard(outer) ? outer : gpu.folder;
}

/** Asks the device itself, so not of one that sleeps. Null where the kernel knows nothing of a link, as of an integrated GPU. */
export function readLink(folder: string): PciLink | null {
  const link = {
    generation: generationOf(readWord(join(folder, 'current_link_speed'))),
    width: widthOf(readWord(join(folder, 'current_link_width'))),
    maxGeneration: generationOf(readWord(join(folder, 'max_link_speed'))),
    maxWidth: widthOf(readWord(join(folder, 'max_link_width'))),
  };
  return link.width === null && link.maxWidth === null ? null : link;
}

/** "16.0 GT/s PCIe" as 4. */
function generationOf(text: string | null): number | null {
  return GENERATIONS[/^[\d.]+/.exec(text ?? '')?.[0] ?? ''] ?? null;
}

/** 0 and 255 stand for an unknown width. */
function widthOf(text: string | null): number | null {
  const width = Number(text ?? 0);
  return Number.isInteger(width) && width > 0 && width <= MAX_WIDTH ? width : null;
}
