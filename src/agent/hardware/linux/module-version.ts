import { join } from 'node:path';
import { readWord } from '../../presence/sensors/linux/system-files.ts';

/** The version of a kernel driver: its own where it has one, as those of makers do, else the kernel's that it came with. */
export function driverVersion(root: string, module: string): string | null {
  return readWord(join(root, 'sys/module', module, 'version')) ?? readWord(join(root, 'proc/sys/kernel/osrelease'));
}
