import type { HardwareDevice } from '../../src/contract/model/device.ts';

/** Its place, where the name alone could be another device of this machine too; null where the name is enough. */
export const placeIfAmbiguous = (
  device: Pick<HardwareDevice, 'id' | 'name' | 'place'>,
  all: readonly Pick<HardwareDevice, 'id' | 'name'>[],
): string | null => (all.some(({ id, name }) => id !== device.id && name === device.name) ? device.place : null);

/** As it is called where only words have room: in a label or a sentence. */
export function fullName(
  device: Pick<HardwareDevice, 'id' | 'name' | 'place'>,
  all: readonly Pick<HardwareDevice, 'id' | 'name'>[],
): string {
  const place = placeIfAmbiguous(device, all);
  return place === null ? device.name : `${device.name}, ${place}`;
}

/** Where its details are. */
export const deviceAddress = (deviceId: string): string => `#/devices/${encodeURIComponent(deviceId)}`;
