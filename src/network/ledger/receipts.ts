import type { SignedReceipt } from '../../contract/model/receipt.ts';
import { signatureContext } from '../../contract/session-api.ts';
import { canonicalJson, type Signer } from '../../lib/signing.ts';
import type { Tx } from '../store/schema.ts';
import { type ReceiptFault, receiptFault } from './receipt-check.ts';

export type ReceiptAnswer =
  | { readonly kind: 'accepted'; readonly networkSignature: string }
  /** `unknown-lease`, `not-granted`, `sealed` (a final invoice seals its lease), `conflict` (another receipt has this number), or what the check found. */
  | { readonly kind: 'refused'; readonly fault: ReceiptFault | 'unknown-lease' | 'not-granted' | 'sealed' | 'conflict' };

export interface Reporter {
  readonly workerId: string;
  readonly publicKey: string;
}

/**
 * Takes one receipt into the caller's transaction. Cumulative usage: the highest counts, so duplicates and reordering change
 * nothing; a receipt that is already here gets the signature it got then, also after the lease is sealed.
 */
export async function acceptReceipt(tx: Tx, signed: SignedReceipt, from: Reporter, signer: Signer, nowMs: number): Promise<ReceiptAnswer> {
  const { leaseId, leaseEpoch, interval, cumulativeUnfrozenMs } = signed.receipt;
  const lease = await tx.selectFrom('leases').selectAll().where('id', '=', leaseId).executeTakeFirst();
  if (lease?.workerId !== from.workerId) return { kind: 'refused', fault: 'unknown-lease' };

  const known = await tx
    .selectFrom('receipts')
    .selectAll()
    .where('leaseId', '=', leaseId)
    .where('leaseEpoch', '=', leaseEpoch)
    .where('interval', '=', interval)
    .executeTakeFirst();
  const receiptJson = canonicalJson(signed.receipt);
  if (known) {
    const same = known.receiptJson === receiptJson && known.workerSignature === signed.workerSignature;
    return same ? { kind: 'accepted', networkSignature: known.networkSignature } : { kind: 'refused', fault: 'conflict' };
  }
  if (lease.state === 'closed') return { kind: 'refused', fault: 'sealed' };
  // The worker's record that the job runs comes before its first receipt. A proposal may still be dropped without a bill.
  if (lease.state === 'proposed') return { kind: 'refused', fault: 'not-granted' };

  const highest = await tx
    .selectFrom('leases')
    .select((eb) => eb.fn.max('leaseEpoch').as('epoch'))
    .where('workerId', '=', lease.workerId)
    .where('deviceId', '=', lease.deviceId)
    .executeTakeFirst();
  const fault = receiptFault(signed, lease, highest?.epoch ?? 0, from.publicKey, nowMs);
  if (fault) return { kind: 'refused', fault };

  const networkSignature = signer.sign(signatureContext.receiptAccepted, {
    receipt: signed.receipt,
    workerSignature: signed.workerSignature,
  });
  await tx
    .insertInto('receipts')
    .values({ leaseId, leaseEpoch, interval, receiptJson, workerSignature: signed.workerSignature, networkSignature })
    .execute();
  if (cumulativeUnfrozenMs > lease.cumulativeUnfrozenMs) {
    await tx.updateTable('leases').set({ cumulativeUnfrozenMs }).where('id', '=', leaseId).execute();
  }
  return { kind: 'accepted', networkSignature };
}
