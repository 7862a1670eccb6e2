import { chargeMicro } from '../../contract/model/money.ts';
import type { SignedReceipt } from '../../contract/model/receipt.ts';
import { signatureContext } from '../../contract/session-api.ts';
import { verifySignature } from '../../lib/signing.ts';
import { NETWORK_CURRENCY } from '../constants.ts';

export interface ReceiptedLease {
  readonly id: string;
  readonly leaseEpoch: number;
  readonly workerId: string;
  readonly deviceId: string;
  readonly microPerHour: number;
}

export type ReceiptFault = 'wrong-signature' | 'wrong-lease' | 'wrong-price' | 'wrong-charge' | 'stale-epoch';

/** Whether the worker that holds `publicKey` may say this about this lease; null when it may. Pure but for the signature check. */
export function receiptFault(signed: SignedReceipt, lease: ReceiptedLease, highestEpoch: number, publicKey: string): ReceiptFault | null {
  const { receipt } = signed;
  if (!verifySignature(publicKey, signatureContext.receipt, receipt, signed.workerSignature)) return 'wrong-signature';
  if (receipt.leaseId !== lease.id || receipt.workerId !== lease.workerId || receipt.deviceId !== lease.deviceId) return 'wrong-lease';
  if (receipt.leaseEpoch !== lease.leaseEpoch || receipt.leaseEpoch < highestEpoch) return 'stale-epoch';
  if (receipt.microPerHour !== lease.microPerHour || receipt.currency !== NETWORK_CURRENCY) return 'wrong-price';
  if (receipt.chargeMicro !== chargeMicro(receipt.cumulativeUnfrozenMs, receipt.microPerHour)) return 'wrong-charge';
  return null;
}
