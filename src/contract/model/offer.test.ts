import { expect, it } from 'vitest';
import { offer } from './offer.ts';

const OFFER = { deviceId: 'cpu0', deviceClass: 'cpu', deviceName: 'CPU', microPerHour: 1, memoryBytes: 1, diskBytes: 0, cpus: 1 };

it('is of a device with a name that a device may have, at a price that exists', () => {
  expect(offer.parse(OFFER)).toMatchObject({ vramBytes: null, egress: false });
  for (const wrong of [
    { deviceName: 'n'.repeat(201) },
    { deviceId: 'i'.repeat(101) },
    { microPerHour: -1 },
    { microPerHour: 0.5 },
    { microPerHour: 2 ** 53 },
    { cpus: Number.POSITIVE_INFINITY },
    { vramBytes: 0 },
  ])
    expect(offer.safeParse({ ...OFFER, ...wrong }).success, JSON.stringify(wrong)).toBe(false);
});
