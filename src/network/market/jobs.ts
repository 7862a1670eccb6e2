import type { JobSpec } from '../../contract/model/job.ts';
import { holdMicro } from '../../contract/model/money.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import type { Clock } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import { canonicalJson, digestOf } from '../../lib/signing.ts';
import type { Checkpoints } from '../checkpoints.ts';
import { ledgerAccount } from '../ledger/account.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { holdId } from '../ledger/seal.ts';
import { type Database, type JobRow, NO_CHECKPOINT } from '../store/schema.ts';
import { nextJobState } from './job-machine.ts';
import { credits } from './waiting.ts';

export interface JobsRoom {
  readonly db: Database;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly checkpoints: Checkpoints;
}

/** Submits a job and holds its cost limit, in one transaction. The same key and spec again give the same job. Returns its id. */
export async function submitJob(room: JobsRoom, renterId: string, spec: JobSpec, idempotencyKey: string): Promise<string> {
  const bodyDigest = digestOf(spec);
  return room.db.transaction().execute(async (tx) => {
    const known = await tx
      .selectFrom('jobs')
      .select(['id', 'bodyDigest'])
      .where('renterId', '=', renterId)
      .where('idempotencyKey', '=', idempotencyKey)
      .executeTakeFirst();
    if (known) {
      if (known.bodyDigest === bodyDigest) return known.id;
      throw new ProblemError(
        'idempotency-conflict',
        `The idempotency key ${idempotencyKey} was used for another job, ${known.id}.`,
        'Use a new idempotency key for a new job.',
      );
    }
    if (spec.inputs) {
      const grant = await tx
        .selectFrom('blobGrants')
        .select('sizeBytes')
        .where('digest', '=', spec.inputs.digest)
        .where('accountId', '=', renterId)
        .executeTakeFirst();
      if (grant?.sizeBytes !== spec.inputs.sizeBytes) {
        throw new ProblemError(
          'inputs-missing',
          `The inputs ${spec.inputs.digest} of ${spec.inputs.sizeBytes} bytes were not uploaded.`,
          'Upload them first, then submit the job again.',
        );
      }
    }
    const nowMs = room.clock.nowMs();
    const id = newId('job', nowMs);
    const amountMicro = holdMicro(spec.timeLimitMs, spec.maxMicroPerHour);
    if (!Number.isSafeInteger(amountMicro)) {
      throw new ProblemError('invalid-request', 'The time limit and the price limit together are beyond counting.', 'Lower one of them.');
    }
    const moved = await room.ledger.pend(tx, {
      id: holdId(id, 1),
      debit: ledgerAccount.renter(renterId),
      credit: ledgerAccount.hold,
      amountMicro,
    });
    if (moved.kind === 'overdraft') {
      throw new ProblemError(
        'insufficient-credits',
        `The job needs ${credits(amountMicro)} TEST credits held, ${credits(moved.availableMicro)} are available.`,
        'Lower its time limit or its price limit, or add credits.',
      );
    }
    await tx
      .insertInto('jobs')
      .values({
        id,
        renterId,
        idempotencyKey,
        bodyDigest,
        specJson: canonicalJson(spec),
        state: 'queued',
        reason: null,
        attempt: 1,
        interruption: null,
        failedAttempts: 0,
        declinedByJson: '[]',
        leaseId: null,
        exitCode: null,
        holdId: holdId(id, 1),
        heldMicro: amountMicro,
        chargedMicro: 0,
        billedMs: 0,
        cancelRequestedAtMs: null,
        artifactsDigest: null,
        artifactsSizeBytes: null,
        ...NO_CHECKPOINT,
        submittedAtMs: nowMs,
        endedAtMs: null,
      })
      .execute();
    return id;
  });
}

/**
 * Cancels a job. A queued one ends at once and its hold is voided; for one that has a lease this leaves a tombstone, which every
 * later step looks at first. A job that ended stays as it ended.
 */
export async function cancelJob(room: JobsRoom, job: JobRow): Promise<void> {
  const dropped = await room.db.transaction().execute(async (tx) => {
    const now = await tx.selectFrom('jobs').selectAll().where('id', '=', job.id).executeTakeFirstOrThrow();
    if (now.endedAtMs !== null) return null;
    const nowMs = room.clock.nowMs();
    const update = tx.updateTable('jobs').where('id', '=', job.id);
    const cancelled = now.state === 'queued' ? nextJobState(now.state, { kind: 'ended', as: 'cancelled' }) : null;
    if (cancelled === null) {
      if (now.cancelRequestedAtMs === null) await update.set({ cancelRequestedAtMs: nowMs, reason: 'Being cancelled' }).execute();
      return null;
    }
    if (now.holdId === null) throw new Error(`job ${job.id} is queued without a hold`);
    await room.ledger.resolve(tx, now.holdId, `void:${now.holdId}`, 0);
    await update
      .set({
        state: cancelled,
        reason: 'Cancelled',
        cancelRequestedAtMs: now.cancelRequestedAtMs ?? nowMs,
        holdId: null,
        heldMicro: 0,
        ...NO_CHECKPOINT,
        endedAtMs: nowMs,
      })
      .execute();
    return now.checkpointLeaseId;
  });
  if (dropped !== null) await room.checkpoints.remove(dropped);
}
