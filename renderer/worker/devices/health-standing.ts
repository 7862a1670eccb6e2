import type { AlarmCode, DeviceHealth } from '../../../src/contract/model/device.ts';

/** `note`: worth knowing, and nothing is wrong. `alarm`: the owner should look, though the device goes on. */
export type HealthStanding = 'good' | 'note' | 'alarm' | 'quarantined' | 'lost';

/** A riser has one lane by its nature: that is a class of device, no fault. */
const NOTES: ReadonlySet<AlarmCode> = new Set(['slow-link']);

export function healthStanding(health: DeviceHealth): HealthStanding {
  if (health.kind !== 'good') return health.kind;
  if (health.alarms.length === 0) return 'good';
  return health.alarms.every(({ code }) => NOTES.has(code)) ? 'note' : 'alarm';
}

export const needsOwner = (health: DeviceHealth): boolean => !['good', 'note'].includes(healthStanding(health));
