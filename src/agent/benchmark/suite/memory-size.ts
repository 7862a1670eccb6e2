import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';

/** The size of the processor's last cache in bytes, as Linux states it; elsewhere what the largest common desktop processors have. */
export function lastCacheBytes(): number {
  try {
    return Number.parseInt(readFileSync('/sys/devices/system/cpu/cpu0/cache/index3/size', 'utf8'), 10) * 1024;
  } catch {
    return 128 * 2 ** 20; // AMD Ryzen X3D: 96 and 128 MB
  }
}

/** What a device whose memory is the machine's may take of it: so much that the rest of the machine does not notice. */
export const spareBytes = (): number => freemem() / 4;
