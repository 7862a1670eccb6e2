import type { Notice } from '../../contract/worker-api.ts';
import type { Db } from '../store/open.ts';

/**
 * A notice for each sealed lease whose invoice is below what the network itself has co-signed: equal totals on both sides are no
 * proof when both come from the same wrong invoice.
 */
export function underpaidNotices(db: Db): readonly Notice[] {
  const rows = db
    .prepare<[], { lease_id: string; invoiced: number; signed: number; sealed_at_ms: number }>(
      `SELECT i.lease_id, i.charge_micro AS invoiced, max(r.charge_micro) AS signed, i.sealed_at_ms
       FROM invoices i JOIN receipts r ON r.lease_id = i.lease_id AND r.network_signature IS NOT NULL
       GROUP BY i.lease_id HAVING i.charge_micro < max(r.charge_micro)`,
    )
    .all();
  return rows.map((row) => ({
    id: `underpaid-${row.lease_id}`,
    level: 'error',
    text: `The network invoiced ${row.invoiced} micro-credits for ${row.lease_id}, but has co-signed receipts for ${row.signed}.`,
    fix: `Keep the receipts as proof (\`npx nightshift worker receipts ${row.lease_id} --json\`) and ask whoever runs the network.`,
    atMs: row.sealed_at_ms,
  }));
}
