import type { Device } from '../../contract/model/device.ts';
import type { Offer } from '../../contract/model/offer.ts';
import type { Settings } from '../../contract/model/settings.ts';

/** What a free device is offered with, under the owner's limits. Null when the limits leave too little to run anything. */
export function offerFor(device: Device, settings: Settings, freeDiskBytes: number): Offer | null {
  if (device.class !== 'cpu' || device.memoryBytes === null || device.cores === null) return null;
  const memoryBytes = Math.floor(device.memoryBytes * settings['limits.memoryShare']);
  // A tenth of the free disk stays free: a full system disk is worse for the owner than a missed job.
  const diskBytes = Math.min(settings['limits.diskBytes'], Math.floor(freeDiskBytes * 0.9));
  if (memoryBytes < 64 * 2 ** 20 || diskBytes < 16 * 2 ** 20) return null;
  return {
    deviceId: device.id,
    deviceClass: device.class,
    deviceName: device.name,
    microPerHour: settings['pricing.cpuMicroPerHour'],
    memoryBytes,
    diskBytes,
    cpus: Math.round(device.cores * settings['limits.cpuShare'] * 100) / 100,
  };
}
