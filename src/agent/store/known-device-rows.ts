import { type HardwareDevice, hardwareDevice } from '../../contract/model/device.ts';
import type { Db } from './open.ts';

/** A device that was in this machine, as it was when it was seen last. */
export interface KnownDevice {
  readonly device: HardwareDevice;
  readonly seenAtMs: number;
}

/** In the order in which they were first seen. What an earlier version wrote and this one cannot read is left out. */
export function readKnownDevices(db: Db): readonly KnownDevice[] {
  return db
    .prepare<[], { device: string; seen_at_ms: number }>('SELECT device, seen_at_ms FROM known_devices ORDER BY rowid')
    .all()
    .flatMap(({ device, seen_at_ms }) => {
      const { data } = hardwareDevice.safeParse(JSON.parse(device));
      return data ? [{ device: data, seenAtMs: seen_at_ms }] : [];
    });
}

export function writeKnownDevice(db: Db, device: HardwareDevice, seenAtMs: number): void {
  db.prepare(
    `INSERT INTO known_devices (device_id, device, seen_at_ms) VALUES (?, ?, ?)
     ON CONFLICT (device_id) DO UPDATE SET device = excluded.device, seen_at_ms = excluded.seen_at_ms`,
  ).run(device.id, JSON.stringify(device), seenAtMs);
}

/** It was there then and told nothing of itself. Nothing where it is not known. */
export function seeKnownDevice(db: Db, deviceId: string, seenAtMs: number): void {
  db.prepare('UPDATE known_devices SET seen_at_ms = ? WHERE device_id = ?').run(seenAtMs, deviceId);
}

export function deleteKnownDevice(db: Db, deviceId: string): void {
  db.prepare('DELETE FROM known_devices WHERE device_id = ?').run(deviceId);
}
