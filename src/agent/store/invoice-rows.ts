import { type Invoice, invoice, type SignedInvoice } from '../../contract/model/lease.ts';
import type { LedgerTotals } from '../../contract/session-api.ts';
import type { Db } from './open.ts';

/** Stores a sealed invoice; the first one stands. */
export function insertInvoice(db: Db, signed: SignedInvoice): void {
  const { invoice } = signed;
  db.prepare(
    `INSERT INTO invoices (lease_id, invoice, network_signature, charge_micro, fee_micro, net_micro, sealed_at_ms, available_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (lease_id) DO NOTHING`,
  ).run(
    invoice.leaseId,
    JSON.stringify(invoice),
    signed.networkSignature,
    invoice.chargeMicro,
    invoice.feeMicro,
    invoice.netMicro,
    invoice.sealedAtMs,
    invoice.availableAtMs,
  );
}

export function readInvoice(db: Db, leaseId: string): SignedInvoice | null {
  const row = db
    .prepare<[string], { invoice: string; network_signature: string }>('SELECT invoice, network_signature FROM invoices WHERE lease_id = ?')
    .get(leaseId);
  return row ? { invoice: invoice.parse(JSON.parse(row.invoice)), networkSignature: row.network_signature } : null;
}

/** Invoices sealed at or after a moment, oldest first. */
export function readInvoicesSince(db: Db, sinceMs: number): readonly Invoice[] {
  return db
    .prepare<[number], { invoice: string }>('SELECT invoice FROM invoices WHERE sealed_at_ms >= ? ORDER BY sealed_at_ms, lease_id')
    .all(sinceMs)
    .map((row) => invoice.parse(JSON.parse(row.invoice)));
}

export function readInvoiceTotals(db: Db): LedgerTotals {
  const row = db
    .prepare<[], { leases: number; charge: number; fee: number; net: number }>(
      'SELECT count(*) AS leases, coalesce(sum(charge_micro), 0) AS charge, coalesce(sum(fee_micro), 0) AS fee, coalesce(sum(net_micro), 0) AS net FROM invoices',
    )
    .get();
  return { sealedLeases: row?.leases ?? 0, chargeMicro: row?.charge ?? 0, feeMicro: row?.fee ?? 0, netMicro: row?.net ?? 0 };
}

export interface NetByAvailability {
  readonly availableMicro: number;
  readonly pendingMicro: number;
  readonly nextAvailableAtMs: number | null;
}

/** Net micro-credits that have left the holdback, those still in it, and when the next of them leave it. */
export function readNetByAvailability(db: Db, nowMs: number): NetByAvailability {
  const row = db
    .prepare<{ now: number }, { available: number; pending: number; next: number | null }>(
      `SELECT coalesce(sum(CASE WHEN available_at_ms <= :now THEN net_micro END), 0) AS available,
              coalesce(sum(CASE WHEN available_at_ms > :now THEN net_micro END), 0) AS pending,
              min(CASE WHEN available_at_ms > :now AND net_micro > 0 THEN available_at_ms END) AS next FROM invoices`,
    )
    .get({ now: nowMs });
  return { availableMicro: row?.available ?? 0, pendingMicro: row?.pending ?? 0, nextAvailableAtMs: row?.next ?? null };
}

/** Changes when a lease has ended or an invoice has come. */
export function readLedgerMark(db: Db): string {
  const row = db
    .prepare<[], { invoices: number; ended: number }>(
      `SELECT (SELECT count(*) FROM invoices) AS invoices, (SELECT count(*) FROM leases WHERE state IN ('ended', 'sealed')) AS ended`,
    )
    .get();
  return `${row?.invoices} ${row?.ended}`;
}
