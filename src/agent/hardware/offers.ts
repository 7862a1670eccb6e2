import type { Device } from '../../contract/model/device.ts';
import type { Offer } from '../../contract/model/offer.ts';
import type { Settings } from '../../contract/model/settings.ts';
import type { SandboxAbilities } from '../sandbox/sandbox.ts';

/**
 * A tenth of the free disk stays free: a full system disk is worse for the owner than a missed job. Where nothing holds a job to its disk,
 * only small asks are met at all.
 */
const DISK_SHARE = { limited: 0.9, unlimited: 0.1 };

/** What a free device is offered with, under the owner's limits and what the sandbox can do. Null when that leaves too little to run anything. */
export function offerFor(device: Device, settings: Settings, freeDiskBytes: number, sandbox: SandboxAbilities): Offer | null {
  if (device.class !== 'cpu' || device.memoryBytes === null || device.cores === null) return null;
  const memoryBytes = Math.floor(device.memoryBytes * settings['limits.memoryShare']);
  const share = sandbox.limitsDisk ? DISK_SHARE.limited : DISK_SHARE.unlimited;
  const diskBytes = Math.min(settings['limits.diskBytes'], Math.floor(freeDiskBytes * share));
  if (memoryBytes < 64 * 2 ** 20 || diskBytes < 16 * 2 ** 20) return null;
  return {
    deviceId: device.id,
    deviceClass: device.class,
    deviceName: device.name,
    microPerHour: settings['pricing.cpuMicroPerHour'],
    memoryBytes,
    diskBytes,
    cpus: Math.round(device.cores * settings['limits.cpuShare'] * 100) / 100,
    egress: sandbox.connects && settings['network.egress'],
  };
}
