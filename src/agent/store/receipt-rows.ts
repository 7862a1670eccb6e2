import { type CosignedReceipt, type SignedReceipt, usageReceipt } from '../../contract/model/receipt.ts';
import type { Db } from './open.ts';

export function insertReceipt(db: Db, signed: SignedReceipt): void {
  const { receipt } = signed;
  db.prepare(
    'INSERT INTO receipts (lease_id, lease_epoch, interval, cumulative_ms, charge_micro, receipt, worker_signature) VALUES (?, ?, ?, ?, ?, ?, ?)',
  ).run(
    receipt.leaseId,
    receipt.leaseEpoch,
    receipt.interval,
    receipt.cumulativeUnfrozenMs,
    receipt.chargeMicro,
    JSON.stringify(receipt),
    signed.workerSignature,
  );
}

/** Keeps the network's signature; the first one stands. */
export function setCosignature(db: Db, leaseId: string, leaseEpoch: number, interval: number, networkSignature: string): void {
  db.prepare(
    'UPDATE receipts SET network_signature = coalesce(network_signature, ?) WHERE lease_id = ? AND lease_epoch = ? AND interval = ?',
  ).run(networkSignature, leaseId, leaseEpoch, interval);
}

interface Raw {
  receipt: string;
  worker_signature: string;
  network_signature: string | null;
}

const toReceipt = (raw: Raw): CosignedReceipt => ({
  receipt: usageReceipt.parse(JSON.parse(raw.receipt)),
  workerSignature: raw.worker_signature,
  networkSignature: raw.network_signature,
});

/** The receipts of a lease in order. */
export function readReceipts(db: Db, leaseId: string): readonly CosignedReceipt[] {
  return db
    .prepare<[string], Raw>(
      'SELECT receipt, worker_signature, network_signature FROM receipts WHERE lease_id = ? ORDER BY lease_epoch, interval',
    )
    .all(leaseId)
    .map(toReceipt);
}

/** The number of the last receipt of a lease, 0 where it has none. Receipts are numbered without gaps. */
export function readLastInterval(db: Db, leaseId: string, leaseEpoch: number): number {
  return (
    db
      .prepare<[string, number], { last: number | null }>(
        'SELECT max(interval) AS last FROM receipts WHERE lease_id = ? AND lease_epoch = ?',
      )
      .get(leaseId, leaseEpoch)?.last ?? 0
  );
}

export function readReceipt(db: Db, leaseId: string, leaseEpoch: number, interval: number): CosignedReceipt | null {
  const raw = db
    .prepare<[string, number, number], Raw>(
      'SELECT receipt, worker_signature, network_signature FROM receipts WHERE lease_id = ? AND lease_epoch = ? AND interval = ?',
    )
    .get(leaseId, leaseEpoch, interval);
  return raw ? toReceipt(raw) : null;
}
