import type { LeaseTerms } from '../../contract/model/lease.ts';
import { chargeMicro } from '../../contract/model/money.ts';
import type { SignedReceipt, UsageReceipt } from '../../contract/model/receipt.ts';
import { signatureContext } from '../../contract/session-api.ts';
import type { CheckedReceipt } from '../../contract/worker-api.ts';
import { type Signer, verifySignature } from '../../lib/signing.ts';
import type { Db } from '../store/open.ts';
import { appendOutbox } from '../store/outbox-rows.ts';
import { insertReceipt, readLastInterval, readReceipts } from '../store/receipt-rows.ts';

/**
 * Signs the usage of a lease so far and writes it with its outbox record, in the caller's transaction. This is where a receipt
 * is signed by the worker; the network's signature comes back with the outbox acknowledgement.
 * @param cumulativeUnfrozenMs unfrozen container time since the lease began, never less than in the receipt before
 */
export function issueReceipt(db: Db, signer: Signer, terms: LeaseTerms, cumulativeUnfrozenMs: number, nowMs: number): SignedReceipt {
  const receipt: UsageReceipt = {
    version: 0,
    leaseId: terms.leaseId,
    leaseEpoch: terms.leaseEpoch,
    workerId: terms.workerId,
    deviceId: terms.deviceId,
    interval: readLastInterval(db, terms.leaseId, terms.leaseEpoch) + 1,
    cumulativeUnfrozenMs,
    microPerHour: terms.microPerHour,
    chargeMicro: chargeMicro(cumulativeUnfrozenMs, terms.microPerHour),
    currency: terms.currency,
    measuredAtMs: nowMs,
  };
  const signed = { receipt, workerSignature: signer.sign(signatureContext.receipt, receipt) };
  insertReceipt(db, signed);
  appendOutbox(db, { kind: 'usage', signed });
  return signed;
}

/** The receipts of a lease with both signatures checked now. */
export function checkReceipts(
  db: Db,
  leaseId: string,
  workerPublicKey: string,
  networkPublicKey: string | null,
): readonly CheckedReceipt[] {
  return readReceipts(db, leaseId).map((cosigned) => {
    const { receipt, workerSignature, networkSignature } = cosigned;
    return {
      ...cosigned,
      workerSignatureValid: verifySignature(workerPublicKey, signatureContext.receipt, receipt, workerSignature),
      networkSignatureValid:
        networkSignature === null || networkPublicKey === null
          ? null
          : verifySignature(networkPublicKey, signatureContext.receiptAccepted, { receipt, workerSignature }, networkSignature),
    };
  });
}
