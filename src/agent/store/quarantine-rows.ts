import { type Alarm, alarm } from '../../contract/model/device.ts';
import type { Db } from './open.ts';

/** Nothing runs on one device from the alarm's time on. `untilMs` null: until its owner releases it. One that has ended is kept: a device that fails again waits longer. */
export interface Quarantine {
  readonly cause: Alarm;
  readonly untilMs: number | null;
}

/** Every quarantine that stands or has ended by itself, by the id of its device. */
export function readQuarantines(db: Db): ReadonlyMap<string, Quarantine> {
  return new Map(
    db
      .prepare<[], { device_id: string; cause: string; until_ms: number | null }>('SELECT * FROM quarantines')
      .all()
      .map((row) => [row.device_id, { cause: alarm.parse(JSON.parse(row.cause)), untilMs: row.until_ms }]),
  );
}

/** Puts it in the place of the one before. */
export function writeQuarantine(db: Db, deviceId: string, { cause, untilMs }: Quarantine): void {
  db.prepare('INSERT OR REPLACE INTO quarantines (device_id, cause, until_ms) VALUES (?, ?, ?)').run(
    deviceId,
    JSON.stringify(cause),
    untilMs,
  );
}

export function deleteQuarantine(db: Db, deviceId: string): void {
  db.prepare('DELETE FROM quarantines WHERE device_id = ?').run(deviceId);
}
