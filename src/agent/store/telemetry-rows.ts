import { type TelemetryPoint, telemetryStepMs } from '../../contract/model/telemetry.ts';
import type { Db } from './open.ts';

const SECOND_MS = telemetryStepMs.minutes;
const MINUTE_MS = telemetryStepMs.days;
const HOUR_MS = telemetryStepMs.ever;
/** Two hours of seconds, for an hour is averaged from its own, and a week of minutes. By number, so that no wrong clock takes them away. */
const KEPT: readonly (readonly [stepMs: number, count: number])[] = [
  [SECOND_MS, 7_200],
  [MINUTE_MS, 10_080],
];

const COLUMNS = 'device_id, step_ms, at_ms, busy_share, temperature_c, max_temperature_c, power_w, vram_used_bytes, core_clock_mhz';

/**
 * Writes seconds, and anew the minutes and hours that they are part of, in one transaction. A second that comes again, because the clock was
 * set back, takes the place of the one before.
 */
export function writeTelemetry(db: Db, batch: ReadonlyMap<string, readonly TelemetryPoint[]>): void {
  const insert = db.prepare(`INSERT OR REPLACE INTO telemetry (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  db.transaction(() => {
    for (const [deviceId, points] of batch) {
      for (const point of points) {
        insert.run(
          deviceId,
          SECOND_MS,
          point.atMs,
          point.busyShare,
          point.temperatureC,
          point.maxTemperatureC,
          point.powerW,
          point.vramUsedBytes,
          point.coreClockMhz,
        );
      }
      for (const stepMs of [MINUTE_MS, HOUR_MS])
        for (const atMs of new Set(points.map((point) => startOfStep(point.atMs, stepMs)))) average(db, deviceId, stepMs, atMs);
    }
  })();
}

/** When the step that holds a time began. Steps are counted from the epoch, so that no time zone and no change of it moves them. */
export const startOfStep = (atMs: number, stepMs: number): number => Math.floor(atMs / stepMs) * stepMs;

/** avg and max leave out what is null, and give null where nothing else is there: unknown stays unknown. */
function average(db: Db, deviceId: string, stepMs: number, atMs: number): void {
  db.prepare(
    `INSERT OR REPLACE INTO telemetry (${COLUMNS})
     SELECT device_id, ?, ?, avg(busy_share), avg(temperature_c), max(max_temperature_c), avg(power_w), avg(vram_used_bytes), avg(core_clock_mhz)
     FROM telemetry WHERE device_id = ? AND step_ms = ${SECOND_MS} AND at_ms >= ? AND at_ms < ? GROUP BY device_id`,
  ).run(stepMs, atMs, deviceId, atMs, atMs + stepMs);
}

/** Forgets seconds and minutes of a device beyond those that are kept, counted back from now: what a clock that ran ahead left behind takes nobody's place. */
export function pruneTelemetry(db: Db, deviceId: string, nowMs: number): void {
  for (const [stepMs, count] of KEPT)
    db.prepare(
      `DELETE FROM telemetry WHERE device_id = @deviceId AND step_ms = @stepMs AND at_ms < (
         SELECT at_ms FROM telemetry WHERE device_id = @deviceId AND step_ms = @stepMs AND at_ms <= @nowMs ORDER BY at_ms DESC LIMIT 1 OFFSET @last)`,
    ).run({ deviceId, stepMs, nowMs, last: count - 1 });
}

/** The steps of a device that began within a range, both ends included, in order. */
export function readTelemetry(db: Db, deviceId: string, stepMs: number, fromMs: number, toMs: number): readonly TelemetryPoint[] {
  return db
    .prepare<[string, number, number, number], TelemetryPoint>(
      `SELECT at_ms AS atMs, busy_share AS busyShare, temperature_c AS temperatureC, max_temperature_c AS maxTemperatureC, power_w AS powerW,
              vram_used_bytes AS vramUsedBytes, core_clock_mhz AS coreClockMhz
       FROM telemetry WHERE device_id = ? AND step_ms = ? AND at_ms BETWEEN ? AND ? ORDER BY at_ms`,
    )
    .all(deviceId, stepMs, fromMs, toMs);
}
