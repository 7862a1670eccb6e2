import type { Alarm, DeviceHealth } from '../../../contract/model/device.ts';
import type { Quarantine } from '../../store/quarantine-rows.ts';

const HOUR_MS = 3_600_000;
/** How long a device waits the first time, and when it fails again; beyond that, until its owner has looked at it. */
const WAITS_MS: readonly number[] = [HOUR_MS, 24 * HOUR_MS];
/** A device that worked so long since its last quarantine starts anew. */
const FORGIVEN_AFTER_MS = 30 * 24 * HOUR_MS;

/** Whether nothing may run on the device because of it. */
export const isInForce = (quarantine: Quarantine, nowMs: number): boolean => quarantine.untilMs === null || nowMs < quarantine.untilMs;

/** The quarantine of a device on which something is wrong now, given the last one that its owner has not ended. Pure. */
export function quarantineFor(last: Quarantine | null, cause: Alarm): Quarantine {
  if (last === null) return { cause, untilMs: cause.sinceMs + (WAITS_MS[0] ?? HOUR_MS) };
  if (last.untilMs === null) return last;
  if (isInForce(last, cause.sinceMs) && last.cause.code === cause.code) return last;
  const lastMs = last.untilMs - last.cause.sinceMs;
  const isForgiven = cause.sinceMs - last.untilMs >= FORGIVEN_AFTER_MS;
  const waitMs = WAITS_MS.find((each) => isForgiven || each > lastMs);
  return { cause, untilMs: waitMs === undefined ? null : cause.sinceMs + waitMs };
}

/** What to tell of a device. `found`: whether it is there, by the inventory; `quarantine`: one in force. Pure. */
export function healthOf(found: DeviceHealth, quarantine: Quarantine | null, alarms: readonly Alarm[]): DeviceHealth {
  if (found.kind === 'lost') return found;
  if (quarantine === null) return { kind: 'good', alarms: [...alarms] };
  return { kind: 'quarantined', cause: quarantine.cause, alarms: [...alarms], untilMs: quarantine.untilMs };
}

/** Whether two are the same to tell, as far as their alarms are the same objects. */
export function isSameHealth(a: DeviceHealth, b: DeviceHealth): boolean {
  if (a.kind === 'lost') return b.kind === 'lost' && a.sinceMs === b.sinceMs && a.detail === b.detail;
  if (b.kind === 'lost') return false;
  if (a.alarms.length !== b.alarms.length || a.alarms.some((each, index) => each !== b.alarms[index])) return false;
  if (a.kind === 'good') return b.kind === 'good';
  return b.kind === 'quarantined' && a.cause === b.cause && a.untilMs === b.untilMs;
}
