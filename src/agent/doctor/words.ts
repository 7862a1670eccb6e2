import type { HardwareDevice } from '../../contract/model/device.ts';

/** The device's name, with its place where another of the same name is here. */
export const titleOf = (device: HardwareDevice, all: readonly HardwareDevice[]): string =>
  all.some((other) => other !== device && other.name === device.name) ? `${device.name} (${device.place})` : device.name;

export const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(bytes < 10 * 2 ** 30 ? 1 : 0)} GiB`;
