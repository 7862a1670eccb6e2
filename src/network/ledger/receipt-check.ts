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
  readonly grantedAtMs: number;
}

export type ReceiptFault = 'wrong-signature' | 'wrong-lease' | 'wrong-price' | 'wrong-charge' | 'stale-epoch' | 'beyond-time';

/** A clock that NTP slews gains or loses up to 500 ppm (ntpd's limit), and ours may do the opposite: together a thousandth. */
const SKEW_PARTS = 1_000;
/** For a clock that is set while a lease runs. */
const CLOCK_STEP_MS = 10_000;

/** The most that a lease can have used: the time since its grant by our own clock, but for what two clocks may differ. */
function mostUsageMs(grantedAtMs: number, nowMs: number): number {
  const sinceGrantMs = Math.max(nowMs - grantedAtMs, 0);
  return sinceGrantMs + sinceGrantMs / SKEW_PARTS + CLOCK_STEP_MS;
}

/** Whether the worker that holds `publicKey` may say this about this lease now; null when it may. Pure but for the signature check. */
export function receiptFault(
  signed: SignedReceipt,
  lease: ReceiptedLease,
  highestEpoch: number,
  publicKey: string,
  nowMs: number,
): ReceiptFault | null {
  const { receipt } = signed;
  if (!verifySignature(publicKey, signatureContext.receipt, receipt, signed.workerSignature)) return 'wrong-signature';
  if (receipt.leaseId !== lease.id || receipt.workerId !== lease.workerId || receipt.deviceId !== lease.deviceId) return 'wrong-lease';
  if (receipt.leaseEpoch !== lease.leaseEpoch || receipt.leaseEpoch < highestEpoch) return 'stale-epoch';
  if (receipt.microPerHour !== lease.microPerHour || receipt.currency !== NETWORK_CURRENCY) return 'wrong-price';
  if (receipt.chargeMicro !== chargeMicro(receipt.cumulativeUnfrozenMs, receipt.microPerHour)) return 'wrong-charge';
  if (receipt.cumulativeUnfrozenMs > mostUsageMs(lease.grantedAtMs, nowMs)) return 'beyond-time';
  return null;
}
