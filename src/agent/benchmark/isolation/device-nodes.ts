import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The device files through which programs reach the card at this PCI address, below `root`: those of the kernel's graphics layer and NVIDIA's
 * own. Empty where the kernel has none.
 */
export function deviceNodes(busId: string, root: string): readonly string[] {
  const address = busId.toLowerCase();
  const drm = list(join(root, 'sys/bus/pci/devices', address, 'drm')).filter((name) => /^(?:card|renderD)\d+$/.test(name));
  const minor = /^Device Minor:\s*(\d+)/m.exec(read(join(root, 'proc/driver/nvidia/gpus', address, 'information')))?.[1];
  return [...drm.map((name) => `dev/dri/${name}`), ...(minor === undefined ? [] : [`dev/nvidia${minor}`])].map((path) => join(root, path));
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no such card, or one without a graphics driver
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // no card of NVIDIA, or its driver is not loaded
  }
}
