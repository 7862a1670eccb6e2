import type { Device } from '../../contract/model/device.ts';
import type { Earnings, PastLease } from '../../contract/worker-api.ts';
import type { Enrolment } from '../store/enrolment-row.ts';
import { readInvoice, readInvoicesSince, readNetByAvailability } from '../store/invoice-rows.ts';
import { type LeaseRow, readRecentLeases } from '../store/lease-rows.ts';
import type { Db } from '../store/open.ts';

const DAYS_SHOWN = 14;
const RECENT_SHOWN = 50;

/**
 * The earnings slice, from this worker's own ledger alone.
 * @param unsealedMicro net of what runs or waits to be sealed, as the live leases show it
 */
export function readStatement(
  db: Db,
  enrolment: Enrolment | null,
  devices: readonly Pick<Device, 'id' | 'name'>[],
  unsealedMicro: number,
  reconciliation: Earnings['reconciliation'],
  nowMs: number,
): Earnings {
  const days = lastDays(nowMs);
  const firstDay = days[0];
  const byDay = new Map(days.map((day) => [day.day, { ...day }]));
  for (const invoice of firstDay ? readInvoicesSince(db, firstDay.startMs) : []) {
    const day = byDay.get(localDay(invoice.sealedAtMs));
    if (!day) continue;
    day.netMicro += invoice.netMicro;
    day.feeMicro += invoice.feeMicro;
  }
  const today = byDay.get(localDay(nowMs));
  return {
    currency: enrolment?.network.currency ?? null,
    ...readNetByAvailability(db, nowMs),
    holdbackMs: enrolment?.network.holdbackMs ?? null,
    unsealedMicro,
    todayNetMicro: today?.netMicro ?? 0,
    todayGrossMicro: (today?.netMicro ?? 0) + (today?.feeMicro ?? 0),
    todayFeeMicro: today?.feeMicro ?? 0,
    days: [...byDay.values()].map(({ day, netMicro, feeMicro }) => ({ day, netMicro, feeMicro })),
    recent: readRecentLeases(db, RECENT_SHOWN).map((lease) => pastLease(db, lease, devices)),
    reconciliation,
  };
}

function pastLease(db: Db, lease: LeaseRow, devices: readonly Pick<Device, 'id' | 'name'>[]): PastLease {
  const sealed = readInvoice(db, lease.terms.leaseId)?.invoice ?? null;
  return {
    leaseId: lease.terms.leaseId,
    jobId: lease.terms.jobId,
    jobName: lease.terms.spec.name,
    deviceId: lease.terms.deviceId,
    deviceClass: lease.terms.spec.deviceClass,
    deviceName: devices.find((device) => device.id === lease.terms.deviceId)?.name ?? lease.terms.deviceId,
    outcome: lease.outcome,
    closeReason: sealed?.closeReason ?? null,
    startedAtMs: lease.startedAtMs,
    endedAtMs: lease.endedAtMs,
    unfrozenMs: sealed?.unfrozenMs ?? lease.unfrozenMs,
    microPerHour: lease.terms.microPerHour,
    chargeMicro: sealed?.chargeMicro ?? null,
    feeMicro: sealed?.feeMicro ?? null,
    netMicro: sealed?.netMicro ?? null,
    availableAtMs: sealed?.availableAtMs ?? null,
    sealed: sealed !== null,
  };
}

/** The last days in this machine's time zone, oldest first; days of 23 or 25 hours count as one. */
function lastDays(nowMs: number): { day: string; startMs: number; netMicro: number; feeMicro: number }[] {
  const now = new Date(nowMs);
  return Array.from({ length: DAYS_SHOWN }, (_, index) => {
    const start = new Date(now.getFullYear(), now.getMonth(), now.getDate() - (DAYS_SHOWN - 1 - index));
    return { day: localDay(start.getTime()), startMs: start.getTime(), netMicro: 0, feeMicro: 0 };
  });
}

function localDay(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
