import { type JobSpec, jobSpec } from '../../contract/model/job.ts';
import { type ArchiveRef, type LeaseOutcome, type LeaseResult, leaseResult, leaseTerms } from '../../contract/model/lease.ts';
import { leaseStreams, type WorkerLease } from '../../contract/session-api.ts';
import type { Blobs } from '../blobs.ts';
import type { Checkpoints } from '../checkpoints.ts';
import { WORKER_CALL_TIMEOUT_MS } from '../constants.ts';
import type { WorkerSession } from '../gateway/session.ts';
import { putStream } from '../gateway/streams.ts';
import { type SealRoom, sealLease } from '../ledger/seal.ts';
import type { Database, LeaseRow } from '../store/schema.ts';
import { checkpointOf, offeredCheckpoint } from './checkpoint.ts';
import type { Ending } from './disposition.ts';
import { nextJobState } from './job-machine.ts';
import { nextLeaseState } from './lease-machine.ts';

/** A lease with its job's tombstone, as one row. */
export type OpenLease = LeaseRow & { readonly cancelRequestedAtMs: number | null };

export interface SealingRoom extends SealRoom {
  readonly db: Database;
  readonly checkpoints: Pick<Checkpoints, 'sizeOf' | 'remove'>;
}

export interface EffectsRoom extends SealingRoom {
  readonly blobs: Blobs;
  readonly checkpoints: Checkpoints;
}

export const callSignal = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(WORKER_CALL_TIMEOUT_MS)]);

export const resultOf = (lease: LeaseRow): LeaseResult => {
  if (lease.resultJson === null) throw new Error(`lease ${lease.id} is closing without a result`);
  return leaseResult.parse(JSON.parse(lease.resultJson));
};

const specOf = (lease: LeaseRow): JobSpec => leaseTerms.parse(JSON.parse(lease.termsJson)).spec;

/** The checkpoint that the lease's result offers and that is worth having, or null. */
export const offerOf = (lease: LeaseRow): ArchiveRef | null =>
  lease.resultJson === null ? null : offeredCheckpoint(specOf(lease), resultOf(lease));

/** How the run ended. That a program ended well is not believed where what it was to bring back is missing. */
export function outcomeOf(lease: LeaseRow, result: LeaseResult): LeaseOutcome {
  const { outputs } = specOf(lease);
  const isEmptyHanded =
    outputs.length > 0 && result.artifacts === null && result.outcome.kind === 'exited' && result.outcome.exitCode === 0;
  return isEmptyHanded ? { kind: 'outputs-refused', detail: 'the worker sent none' } : result.outcome;
}

/** Seals the lease, unless a record of its worker has moved it on since this was decided: then the next round decides anew. */
export async function seal(room: SealingRoom, lease: LeaseRow, ending: Ending): Promise<string | null> {
  const offered = offerOf(lease);
  const saved = offered && (await room.checkpoints.sizeOf(lease.id)) === offered.sizeBytes ? offered : null;
  const sealed = await room.db.transaction().execute(async (tx) => {
    const now = await tx.selectFrom('leases').select('state').where('id', '=', lease.id).executeTakeFirstOrThrow();
    if (now.state !== lease.state) return null;
    const { checkpointLeaseId } = await tx
      .selectFrom('jobs')
      .select('checkpointLeaseId')
      .where('id', '=', lease.jobId)
      .executeTakeFirstOrThrow();
    const jobId = await sealLease(tx, room, lease.id, ending, saved);
    return jobId === null ? null : { jobId, before: checkpointLeaseId };
  });
  if (sealed === null) return null;
  const job = await room.db.selectFrom('jobs').select('checkpointLeaseId').where('id', '=', sealed.jobId).executeTakeFirstOrThrow();
  for (const leaseId of [sealed.before, lease.id]) {
    if (leaseId !== null && leaseId !== job.checkpointLeaseId) await room.checkpoints.remove(leaseId);
  }
  return sealed.jobId;
}

/** The tombstone, read again right before something starts on a worker. */
async function isCancelled(room: EffectsRoom, jobId: string): Promise<boolean> {
  const job = await room.db.selectFrom('jobs').select('cancelRequestedAtMs').where('id', '=', jobId).executeTakeFirstOrThrow();
  return job.cancelRequestedAtMs !== null;
}

export type GrantResult =
  | { readonly kind: 'granted'; readonly atWorker: WorkerLease }
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string }
  | { readonly kind: 'cancelled' };

/** Offers the signed terms to the worker and writes down its answer. */
export async function grant(room: EffectsRoom, session: WorkerSession, lease: OpenLease, signal: AbortSignal): Promise<GrantResult> {
  if (await isCancelled(room, lease.jobId)) return { kind: 'cancelled' };
  const terms = leaseTerms.parse(JSON.parse(lease.termsJson));
  const answer = await session.client.leases.grant({ terms, networkSignature: lease.termsSignature }, { signal: callSignal(signal) });
  if (!answer.accepted) {
    await seal(room, lease, { by: 'network', reason: 'refused', granted: false });
    return { kind: 'refused', code: answer.code, detail: answer.detail };
  }
  await room.db.transaction().execute(async (tx) => {
    const now = await tx.selectFrom('leases').select('state').where('id', '=', lease.id).executeTakeFirstOrThrow();
    const state = nextLeaseState(now.state, 'granted');
    if (state === null) return; // a record of the worker was faster
    await tx.updateTable('leases').set({ state }).where('id', '=', lease.id).execute();
    const job = await tx.selectFrom('jobs').select('state').where('id', '=', lease.jobId).executeTakeFirstOrThrow();
    const jobState = nextJobState(job.state, { kind: 'granted' });
    if (jobState) await tx.updateTable('jobs').set({ state: jobState }).where('id', '=', lease.jobId).execute();
  });
  return { kind: 'granted', atWorker: answer.lease };
}

/** Pushes the inputs of a granted lease to its worker. Takes as long as the worker takes; `signal` ends it. */
export async function pushInputs(room: EffectsRoom, session: WorkerSession, lease: OpenLease, signal: AbortSignal): Promise<void> {
  const job = await room.db.selectFrom('jobs').select('specJson').where('id', '=', lease.jobId).executeTakeFirstOrThrow();
  const { inputs } = jobSpec.parse(JSON.parse(job.specJson));
  if (!inputs) throw new Error(`the worker asks for inputs of lease ${lease.id}, whose job has none`);
  const body = room.blobs.read(inputs.digest);
  await putStream(session.http2, leaseStreams.inputs(lease.id), inputs.digest, inputs.sizeBytes, body, signal);
}

/** Pushes what an earlier attempt has saved. No other lease can supersede it meanwhile: a job has one at a time. */
export async function pushCheckpoint(room: EffectsRoom, session: WorkerSession, lease: OpenLease, signal: AbortSignal): Promise<void> {
  const job = await room.db.selectFrom('jobs').selectAll().where('id', '=', lease.jobId).executeTakeFirstOrThrow();
  const checkpoint = checkpointOf(job);
  if (!checkpoint) throw new Error(`the worker asks for the checkpoint of lease ${lease.id}, whose job has none`);
  const { digest, sizeBytes } = checkpoint.archive;
  const body = room.checkpoints.read(checkpoint.leaseId);
  await putStream(session.http2, leaseStreams.checkpoint(lease.id), digest, sizeBytes, body, signal);
}

/** Starts a granted lease, unless its job was cancelled meanwhile. Null when it was. */
export async function start(room: EffectsRoom, session: WorkerSession, lease: OpenLease, signal: AbortSignal): Promise<WorkerLease | null> {
  if (await isCancelled(room, lease.jobId)) return null;
  return session.client.leases.start({ leaseId: lease.id, leaseEpoch: lease.leaseEpoch }, { signal: callSignal(signal) });
}
