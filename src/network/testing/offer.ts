import type { Device } from '../../contract/model/device.ts';
import type { Offer } from '../../contract/model/offer.ts';

export const WORKER_OFFER: Offer = {
  deviceId: 'cpu0',
  deviceClass: 'cpu',
  deviceName: 'Test CPU',
  microPerHour: 360_000,
  vramBytes: null,
  memoryBytes: 2 ** 30,
  diskBytes: 2 ** 30,
  cpus: 4,
  egress: false,
};

export const WORKER_DEVICE: Device = {
  id: WORKER_OFFER.deviceId,
  class: 'cpu',
  name: WORKER_OFFER.deviceName,
  vendor: null,
  cores: 4,
  memoryBytes: 2 ** 30,
  source: 'test',
};
