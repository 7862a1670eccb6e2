import type { LeaseResult } from '../../contract/model/lease.ts';
import type { OutboxAck, OutboxRecord } from '../../contract/session-api.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { canonicalJson, type Signer } from '../../lib/signing.ts';
import { acceptReceipt, type Reporter } from '../ledger/receipts.ts';
import { nextJobState } from '../market/job-machine.ts';
import { nextLeaseState } from '../market/lease-machine.ts';
import type { Database, LeaseRow, Tx } from '../store/schema.ts';

type Cosignature = OutboxAck['cosignatures'][number];
type Running = Extract<OutboxRecord, { kind: 'lease-running' }>;

export interface RecordsRoom {
  readonly db: Database;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Takes a batch of a worker's records durably, all in one transaction, and says what to acknowledge. Records at or below the
 * acknowledged number came before: they change nothing, but their receipts get their signatures again. Every record is done with
 * once this returns; one that is refused is logged.
 */
export async function takeRecords(
  { db, signer, clock, logger }: RecordsRoom,
  from: Reporter,
  records: readonly OutboxRecord[],
): Promise<{ readonly ack: OutboxAck; readonly changedJobs: ReadonlySet<string> }> {
  return db.transaction().execute(async (tx) => {
    const { ackedSeq } = await tx.selectFrom('workers').select('ackedSeq').where('id', '=', from.workerId).executeTakeFirstOrThrow();
    const cosignatures: Cosignature[] = [];
    const changedJobs = new Set<string>();
    const take = async (signed: Parameters<typeof acceptReceipt>[1]): Promise<void> => {
      const { leaseId, leaseEpoch, interval } = signed.receipt;
      const answer = await acceptReceipt(tx, signed, from, signer, clock.nowMs());
      if (answer.kind === 'accepted') cosignatures.push({ leaseId, leaseEpoch, interval, networkSignature: answer.networkSignature });
      else logger.warn({ workerId: from.workerId, leaseId, interval, fault: answer.fault }, 'refused a usage receipt');
    };

    let upToSeq = ackedSeq;
    for (const record of records) {
      const isNew = record.seq > upToSeq;
      if (isNew && record.seq !== upToSeq + 1) {
        logger.warn({ workerId: from.workerId, afterSeq: upToSeq, seq: record.seq }, 'the outbox of a worker skips numbers');
      }
      upToSeq = Math.max(upToSeq, record.seq);
      switch (record.kind) {
        case 'lease-running': {
          const lease = isNew ? await leaseOf(tx, from, record) : null;
          if (lease && (await markRunning(tx, lease, record))) changedJobs.add(lease.jobId);
          break;
        }
        case 'usage': {
          await take(record.signed);
          const lease = await leaseOf(tx, from, record.signed.receipt);
          if (lease) changedJobs.add(lease.jobId);
          break;
        }
        case 'result': {
          if (record.result.finalReceipt) await take(record.result.finalReceipt);
          const lease = isNew ? await leaseOf(tx, from, record.result) : null;
          if (lease && (await markEnded(tx, lease, record.result))) changedJobs.add(lease.jobId);
          break;
        }
      }
    }
    if (upToSeq > ackedSeq) await tx.updateTable('workers').set({ ackedSeq: upToSeq }).where('id', '=', from.workerId).execute();
    // Only what this answer covers: a record that came before and is sent again is still waiting for its signature.
    return { ack: { upToSeq: records.at(-1)?.seq ?? 0, cosignatures }, changedJobs };
  });
}

/** The worker's own lease of that id and epoch, or null: others' leases and older epochs are none of its business. */
async function leaseOf(tx: Tx, from: Reporter, ref: { readonly leaseId: string; readonly leaseEpoch: number }): Promise<LeaseRow | null> {
  const lease = await tx.selectFrom('leases').selectAll().where('id', '=', ref.leaseId).executeTakeFirst();
  return lease?.workerId === from.workerId && lease.leaseEpoch === ref.leaseEpoch ? lease : null;
}

async function markRunning(tx: Tx, lease: LeaseRow, record: Running): Promise<boolean> {
  const state = nextLeaseState(lease.state, 'running');
  if (state === null) return false;
  await tx.updateTable('leases').set({ state, startedAtMs: record.startedAtMs }).where('id', '=', lease.id).execute();
  const job = await tx.selectFrom('jobs').select('state').where('id', '=', lease.jobId).executeTakeFirstOrThrow();
  const jobState = nextJobState(job.state, { kind: 'running' });
  if (jobState) await tx.updateTable('jobs').set({ state: jobState, reason: null }).where('id', '=', lease.jobId).execute();
  return true;
}

async function markEnded(tx: Tx, lease: LeaseRow, result: LeaseResult): Promise<boolean> {
  const state = nextLeaseState(lease.state, 'result');
  if (state === null) return false;
  await tx
    .updateTable('leases')
    .set({ state, resultJson: canonicalJson(result) })
    .where('id', '=', lease.id)
    .execute();
  return true;
}
