import { type HardwareDevice, tellDevice } from '../../contract/model/device.ts';
import type { Offer } from '../../contract/model/offer.ts';
import type { Settings } from '../../contract/model/settings.ts';
import type { SandboxAbilities } from '../sandbox/sandbox.ts';

/**
 * A tenth of the free disk stays free: a full system disk is worse for the owner than a missed job. Where nothing holds a job to its disk,
 * only small asks are met at all.
 */
const DISK_SHARE = { limited: 0.9, unlimited: 0.1 };

/** What a job gets beside the device itself. */
export interface OfferHost {
  /** The machine's processor, with its main memory: a job on a GPU runs on both. */
  readonly processor: HardwareDevice | null;
  readonly freeDiskBytes: number;
  readonly sandbox: SandboxAbilities;
}

/**
 * What a free device is offered with, under the owner's limits and what the sandbox can do. Null of what is not offered: an adapter that is
 * software, a device that is lost, quarantined or cannot be shared, a GPU whose memory is not known or that the sandbox gives to no job, and
 * where too little is left to run anything.
 */
export function offerFor(device: HardwareDevice, host: OfferHost, settings: Settings, askMicroPerHour: number): Offer | null {
  const { processor, freeDiskBytes, sandbox } = host;
  const told = tellDevice(device);
  if (told === null || device.health.kind !== 'good' || device.unshareable !== null) return null;
  if (told.class === 'gpu' && (told.memoryBytes === null || sandbox.gpus.kind !== 'offered')) return null;
  if (processor === null || processor.memoryBytes === null || processor.cores === null) return null;
  const memoryBytes = Math.floor(processor.memoryBytes.value * settings['limits.memoryShare']);
  const share = sandbox.limitsDisk ? DISK_SHARE.limited : DISK_SHARE.unlimited;
  const diskBytes = Math.min(settings['limits.diskBytes'], Math.floor(freeDiskBytes * share));
  if (memoryBytes < 64 * 2 ** 20 || diskBytes < 16 * 2 ** 20) return null;
  return {
    deviceId: told.id,
    deviceClass: told.class,
    deviceName: told.name,
    microPerHour: askMicroPerHour,
    memoryBytes,
    vramBytes: told.class === 'gpu' ? told.memoryBytes : null,
    diskBytes,
    cpus: Math.round(processor.cores * settings['limits.cpuShare'] * 100) / 100,
    egress: sandbox.connects && settings['network.egress'],
  };
}
