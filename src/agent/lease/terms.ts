import { neededDiskBytes } from '../../contract/model/job.ts';
import type { LeaseTerms, SignedLeaseTerms } from '../../contract/model/lease.ts';
import { chargeMicro } from '../../contract/model/money.ts';
import type { Offer } from '../../contract/model/offer.ts';
import { signatureContext } from '../../contract/session-api.ts';
import { verifySignature } from '../../lib/signing.ts';
import type { Enrolment } from '../store/enrolment-row.ts';

/** Receipts faster than this would wear out a disk, each being a durable write. */
const MIN_RECEIPT_INTERVAL_MS = 100;

/** Why these terms are not between this worker and its network as agreed, or null. Pure. */
export function faultOfParties(signed: SignedLeaseTerms, enrolment: Enrolment | null): string | null {
  const { terms } = signed;
  if (!enrolment || !verifySignature(enrolment.network.publicKey, signatureContext.leaseTerms, terms, signed.networkSignature)) {
    return 'the signature is not that of the network this worker belongs to';
  }
  if (terms.workerId !== enrolment.workerId) return 'the terms name another worker';
  const { network } = enrolment;
  if (terms.currency !== network.currency || terms.takeRateBasisPoints > network.takeRateBasisPoints) {
    return 'the currency or the fee is not what this worker agreed to when it enrolled';
  }
  return null;
}

/** What these terms ask beyond the offer, or null. Pure. */
export function faultOfAsk(terms: LeaseTerms, offer: Offer): string | null {
  const { spec } = terms;
  if (terms.microPerHour < offer.microPerHour) return 'the price is below what is asked';
  if (spec.deviceClass !== offer.deviceClass) return 'the job is for another class of device';
  if (spec.vramBytes !== null && spec.vramBytes > (offer.vramBytes ?? 0)) return 'the job asks for a larger GPU than is offered';
  if (spec.memoryBytes > offer.memoryBytes || neededDiskBytes(spec) > offer.diskBytes || spec.cpus > offer.cpus) {
    return 'the job asks for more than is offered';
  }
  if (spec.network.kind === 'egress' && !offer.egress) return 'the job asks for connections, which this worker does not allow';
  if (terms.checkpoint !== null && (spec.checkpoint === null || terms.checkpoint.sizeBytes > spec.diskBytes)) {
    return 'the checkpoint is not one that this job can have saved';
  }
  if (!Number.isSafeInteger(chargeMicro(terms.maxUnfrozenMs, terms.microPerHour)) || terms.receiptIntervalMs < MIN_RECEIPT_INTERVAL_MS) {
    return 'the time, price or receipts asked for cannot be accounted for';
  }
  return null;
}
