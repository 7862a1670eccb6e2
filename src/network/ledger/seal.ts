import { jobSpec } from '../../contract/model/job.ts';
import { type ArchiveRef, type Invoice, isFinalOutcome, type LeaseResult, leaseResult } from '../../contract/model/lease.ts';
import { holdMicro } from '../../contract/model/money.ts';
import { signatureContext } from '../../contract/session-api.ts';
import type { Clock } from '../../lib/clock.ts';
import { canonicalJson, type Signer } from '../../lib/signing.ts';
import { NETWORK_CURRENCY, type NetworkOptions } from '../constants.ts';
import { closeReasonOf, type Disposition, dispose, type Ending, interruptionText } from '../market/disposition.ts';
import { nextJobState } from '../market/job-machine.ts';
import { nextLeaseState } from '../market/lease-machine.ts';
import { withDeclined } from '../market/match.ts';
import { type JobRow, type LeaseRow, NO_CHECKPOINT, type Tx } from '../store/schema.ts';
import { ledgerAccount } from './account.ts';
import { type Bill, billOf } from './bill.ts';
import { type Ledger, mustMove } from './ledger.ts';

export interface SealRoom {
  readonly ledger: Ledger;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly options: NetworkOptions;
}

export const holdId = (jobId: string, attempt: number): string => `hold:${jobId}:${attempt}`;

/**
 * Closes a lease for good: bill, invoice, fee, holdback, and what becomes of the job, all in the caller's transaction. A lease
 * that is closed already is left as it is. Returns the job's id, or null where there was nothing to do.
 * @param saved what the lease's run has saved for the next attempt, whole in our store; null leaves the job what it had before
 */
export async function sealLease(tx: Tx, room: SealRoom, leaseId: string, ending: Ending, saved: ArchiveRef | null): Promise<string | null> {
  const lease = await tx.selectFrom('leases').selectAll().where('id', '=', leaseId).executeTakeFirstOrThrow();
  const closed = nextLeaseState(lease.state, 'sealed');
  if (closed === null) return null;
  const job = await tx.selectFrom('jobs').selectAll().where('id', '=', lease.jobId).executeTakeFirstOrThrow();
  const spec = jobSpec.parse(JSON.parse(job.specJson));
  const nowMs = room.clock.nowMs();
  const bill = billOf(lease);
  const billedMs = job.billedMs + bill.unfrozenMs;
  const remainingMs = spec.timeLimitMs - billedMs;
  const disposition = dispose(
    { attempt: job.attempt, failedAttempts: job.failedAttempts, cancelRequested: job.cancelRequestedAtMs !== null, remainingMs },
    ending,
    room.options.maxFailedAttempts,
  );

  const availableAtMs = nowMs + room.options.holdbackMs;
  const goesOn = disposition.kind === 'requeued' && !disposition.nextAttempt;
  if (!goesOn) await settle(tx, room.ledger, job, lease, bill, availableAtMs);
  await tx
    .updateTable('leases')
    .set({ state: closed, closeReason: closeReasonOf(ending), closedAtMs: nowMs })
    .where('id', '=', lease.id)
    .execute();
  const invoice: Invoice = {
    leaseId: lease.id,
    leaseEpoch: lease.leaseEpoch,
    jobId: job.id,
    jobName: spec.name,
    deviceId: lease.deviceId,
    currency: NETWORK_CURRENCY,
    closeReason: closeReasonOf(ending),
    unfrozenMs: bill.unfrozenMs,
    microPerHour: lease.microPerHour,
    chargeMicro: bill.chargeMicro,
    feeMicro: bill.feeMicro,
    netMicro: bill.netMicro,
    availableAtMs,
    sealedAtMs: nowMs,
  };
  // A worker that refused holds nothing of the lease: there is nothing to bill and nobody to tell.
  if (invoice.closeReason !== 'refused') await writeInvoice(tx, room.signer, invoice, lease.workerId);
  await moveJobOn(tx, room, job, disposition, {
    artifacts: deliveredArtifacts(lease, ending),
    interruption: interruptionText(job.attempt, ending),
    checkpoint: saved && {
      checkpointLeaseId: lease.id,
      checkpointDigest: saved.digest,
      checkpointSizeBytes: saved.sizeBytes,
      checkpointAtMs: nowMs,
    },
    billedMs,
    chargedMicro: job.chargedMicro + bill.chargeMicro,
    declinedByJson: invoice.closeReason === 'owner-stopped' ? withDeclined(job.declinedByJson, lease.workerId) : job.declinedByJson,
    nextHoldMicro: goesOn ? job.heldMicro : holdMicro(Math.max(remainingMs, 0), spec.maxMicroPerHour),
  });
  return job.id;
}

/** Moves the money of a bill out of the hold; what was held beyond it goes back to the renter. */
async function settle(tx: Tx, ledger: Ledger, job: JobRow, lease: LeaseRow, bill: Bill, availableAtMs: number): Promise<void> {
  if (job.holdId === null) throw new Error(`job ${job.id} has an open lease but no hold`);
  await ledger.resolve(tx, job.holdId, `charge:${lease.id}`, bill.chargeMicro);
  if (bill.feeMicro > 0) {
    mustMove(
      await ledger.post(tx, {
        id: `fee:${lease.id}`,
        debit: ledgerAccount.hold,
        credit: ledgerAccount.platform,
        amountMicro: bill.feeMicro,
      }),
    );
  }
  if (bill.netMicro > 0) {
    const credit = ledgerAccount.holdback(lease.ownerId);
    mustMove(await ledger.post(tx, { id: `net:${lease.id}`, debit: ledgerAccount.hold, credit, amountMicro: bill.netMicro }));
    await tx
      .insertInto('holdbacks')
      .values({ leaseId: lease.id, ownerId: lease.ownerId, amountMicro: bill.netMicro, availableAtMs, releasedAtMs: null })
      .execute();
  }
}

/** Writes the signed invoice together with the obligation to deliver it. */
async function writeInvoice(tx: Tx, signer: Signer, invoice: Invoice, workerId: string): Promise<void> {
  const { leaseId, jobId, chargeMicro, feeMicro, netMicro } = invoice;
  const networkSignature = signer.sign(signatureContext.invoice, invoice);
  await tx
    .insertInto('invoices')
    .values({ leaseId, jobId, chargeMicro, feeMicro, netMicro, invoiceJson: canonicalJson(invoice), networkSignature })
    .execute();
  await tx.insertInto('sealDeliveries').values({ leaseId, workerId, deliveredAtMs: null }).execute();
}

/** The artifacts that a final result brought; they are in the blob store before a lease is sealed with its worker's word. */
function deliveredArtifacts(lease: LeaseRow, ending: Ending): LeaseResult['artifacts'] {
  if (ending.by !== 'worker' || !isFinalOutcome(ending.outcome) || lease.resultJson === null) return null;
  return leaseResult.parse(JSON.parse(lease.resultJson)).artifacts;
}

interface Totals {
  readonly artifacts: LeaseResult['artifacts'];
  readonly interruption: string;
  /** Null: the next attempt goes on from the one before, where there is one. */
  readonly checkpoint: Pick<JobRow, keyof typeof NO_CHECKPOINT> | null;
  readonly billedMs: number;
  readonly chargedMicro: number;
  readonly nextHoldMicro: number;
  readonly declinedByJson: string;
}

async function moveJobOn(
  tx: Tx,
  room: SealRoom,
  job: JobRow,
  disposition: Disposition,
  { billedMs, chargedMicro, nextHoldMicro, declinedByJson, artifacts, interruption, checkpoint }: Totals,
): Promise<void> {
  const event = disposition.kind === 'ended' ? ({ kind: 'ended', as: disposition.as } as const) : ({ kind: 'requeued' } as const);
  const state = nextJobState(job.state, event);
  if (state === null) throw new Error(`job ${job.id} is ${job.state} and cannot be ${event.kind}`);
  const update = tx.updateTable('jobs').where('id', '=', job.id);

  if (disposition.kind === 'ended') {
    await update
      .set({
        state,
        reason: disposition.reason,
        exitCode: disposition.exitCode,
        holdId: null,
        heldMicro: 0,
        chargedMicro,
        billedMs,
        artifactsDigest: artifacts?.digest ?? null,
        artifactsSizeBytes: artifacts?.sizeBytes ?? null,
        ...NO_CHECKPOINT,
        endedAtMs: room.clock.nowMs(),
      })
      .execute();
    return;
  }
  if (!disposition.nextAttempt) {
    await update.set({ state, reason: null }).execute();
    return;
  }
  const attempt = job.attempt + 1;
  const hold = holdId(job.id, attempt);
  // The old hold is free again in this transaction, and what remains of the time never costs more than what remains of it.
  mustMove(
    await room.ledger.pend(tx, {
      id: hold,
      debit: ledgerAccount.renter(job.renterId),
      credit: ledgerAccount.hold,
      amountMicro: nextHoldMicro,
    }),
  );
  await update
    .set({
      state,
      reason: null,
      attempt,
      interruption,
      ...checkpoint,
      failedAttempts: job.failedAttempts + (disposition.counts ? 1 : 0),
      holdId: hold,
      heldMicro: nextHoldMicro,
      chargedMicro,
      billedMs,
      declinedByJson,
    })
    .execute();
}
