import { jobSpec } from '../../contract/model/job.ts';
import { type LeaseOutcome, type LeaseResult, leaseResult, leaseTerms } from '../../contract/model/lease.ts';
import { leaseStreams, type WorkerLease } from '../../contract/session-api.ts';
import type { Blobs } from '../blobs.ts';
import { WORKER_CALL_TIMEOUT_MS } from '../constants.ts';
import type { WorkerSession } from '../gateway/session.ts';
import { putStream } from '../gateway/streams.ts';
import { type SealRoom, sealLease } from '../ledger/seal.ts';
import type { Database, LeaseRow } from '../store/schema.ts';
import type { Ending } from './disposition.ts';
import { nextJobState } from './job-machine.ts';
import { nextLeaseState } from './lease-machine.ts';

/** A lease with its job's tombstone, as one row. */
export type OpenLease = LeaseRow & { readonly cancelRequestedAtMs: number | null };

export interface EffectsRoom extends SealRoom {
  readonly db: Database;
  readonly blobs: Blobs;
}

export const callSignal = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(WORKER_CALL_TIMEOUT_MS)]);

export const resultOf = (lease: LeaseRow): LeaseResult => {
  if (lease.resultJson === null) throw new Error(`lease ${lease.id} is closing without a result`);
  return leaseResult.parse(JSON.parse(lease.resultJson));
};

/** How the run ended. That a program ended well is not believed where what it was to bring back is missing. */
export function outcomeOf(lease: LeaseRow, result: LeaseResult): LeaseOutcome {
  const { outputs } = leaseTerms.parse(JSON.parse(lease.termsJson)).spec;
  const isEmptyHanded =
    outputs.length > 0 && result.artifacts === null && result.outcome.kind === 'exited' && result.outcome.exitCode === 0;
  return isEmptyHanded ? { kind: 'outputs-refused', detail: 'the worker sent none' } : result.outcome;
}

/** Seals the lease, unless a record of its worker has moved it on since this was decided: then the next round decides anew. */
export const seal = (room: EffectsRoom, lease: LeaseRow, ending: Ending): Promise<string | null> =>
  room.db.transaction().execute(async (tx) => {
    const now = await tx.selectFrom('leases').select('state').where('id', '=', lease.id).executeTakeFirstOrThrow();
    return now.state === lease.state ? sealLease(tx, room, lease.id, ending) : null;
  });

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

/** Starts a granted lease, unless its job was cancelled meanwhile. Null when it was. */
export async function start(room: EffectsRoom, session: WorkerSession, lease: OpenLease, signal: AbortSignal): Promise<WorkerLease | null> {
  if (await isCancelled(room, lease.jobId)) return null;
  return session.client.leases.start({ leaseId: lease.id, leaseEpoch: lease.leaseEpoch }, { signal: callSignal(signal) });
}
