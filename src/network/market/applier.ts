import { jobSpec } from '../../contract/model/job.ts';
import { type LeaseTerms, leaseTerms } from '../../contract/model/lease.ts';
import { signatureContext } from '../../contract/session-api.ts';
import type { Clock } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import { canonicalJson, type Signer } from '../../lib/signing.ts';
import { NETWORK_CURRENCY, type NetworkOptions } from '../constants.ts';
import type { Sessions } from '../registry/sessions.ts';
import type { Database, JobRow, Tx } from '../store/schema.ts';
import { checkpointOf } from './checkpoint.ts';
import { nextJobState } from './job-machine.ts';
import { type Candidate, declinedBy, deviceKey, type Match, match, serves } from './match.ts';

export interface ApplierRoom {
  readonly db: Database;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly options: NetworkOptions;
  readonly sessions: Sessions;
}

/** How many queued jobs one round looks at. */
const JOBS_PER_ROUND = 500;

/** Matches queued jobs with what is offered now and writes the proposals, a whole round in one transaction. Returns the jobs placed. */
export type PlaceJobs = (coolingDown: ReadonlySet<string>) => Promise<readonly string[]>;

/** Rounds look at the oldest jobs first, and where there are more than fit into one, at the next ones: jobs that nobody can serve hold up no others. */
export function createPlacer(room: ApplierRoom, jobsPerRound = JOBS_PER_ROUND): PlaceJobs {
  let afterId = '';
  return async (coolingDown) => {
    const candidates = room.sessions.candidates();
    if (candidates.length === 0) return [];
    const rows = await room.db
      .selectFrom('jobs')
      .select(['id', 'specJson', 'declinedByJson'])
      .where('state', '=', 'queued')
      .where('id', '>', afterId)
      .orderBy('id')
      .limit(jobsPerRound)
      .execute();
    afterId = rows.length < jobsPerRound ? '' : (rows.at(-1)?.id ?? '');
    return rows.length === 0 ? [] : place(room, rows, candidates, coolingDown);
  };
}

async function place(
  room: ApplierRoom,
  rows: readonly Pick<JobRow, 'id' | 'specJson' | 'declinedByJson'>[],
  candidates: readonly Candidate[],
  coolingDown: ReadonlySet<string>,
): Promise<readonly string[]> {
  const open = await room.db.selectFrom('leases').select(['workerId', 'deviceId']).where('state', '<>', 'closed').execute();
  const taken = new Set([...coolingDown, ...open.map(({ workerId, deviceId }) => deviceKey(workerId, deviceId))]);
  const jobs = rows.map(({ id, specJson, declinedByJson }) => ({
    jobId: id,
    spec: jobSpec.parse(JSON.parse(specJson)),
    declinedBy: declinedBy(declinedByJson),
  }));
  const matches = match(jobs, candidates, taken);
  if (matches.length === 0) return [];
  return room.db.transaction().execute(async (tx) => {
    const placed: string[] = [];
    for (const found of matches) if (await propose(tx, room, found)) placed.push(found.job.jobId);
    return placed;
  });
}

/** Checks a match again where nothing can change under it, and writes the lease. False where it no longer holds. */
async function propose(tx: Tx, room: ApplierRoom, { job: { jobId, spec }, candidate }: Match): Promise<boolean> {
  const { workerId } = candidate;
  const { deviceId } = candidate.offer;
  const offer = room.sessions.reportOf(workerId)?.offers.find((now) => now.deviceId === deviceId);
  const job = await tx.selectFrom('jobs').selectAll().where('id', '=', jobId).executeTakeFirstOrThrow();
  if (!offer || !serves({ jobId, spec, declinedBy: declinedBy(job.declinedByJson) }, { workerId, offer })) return false;
  const state = nextJobState(job.state, { kind: 'placed' });
  if (state === null || job.cancelRequestedAtMs !== null) return false;
  const newest = await tx
    .selectFrom('leases')
    .select(['leaseEpoch', 'state'])
    .where('workerId', '=', workerId)
    .where('deviceId', '=', deviceId)
    .orderBy('leaseEpoch', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (newest && newest.state !== 'closed') return false;
  const { ownerId } = await tx.selectFrom('workers').select('ownerId').where('id', '=', workerId).executeTakeFirstOrThrow();

  const nowMs = room.clock.nowMs();
  const terms: LeaseTerms = leaseTerms.parse({
    leaseId: newId('lea', nowMs),
    leaseEpoch: (newest?.leaseEpoch ?? 0) + 1,
    jobId,
    deviceId,
    workerId,
    spec,
    checkpoint: checkpointOf(job)?.archive ?? null,
    microPerHour: offer.microPerHour,
    takeRateBasisPoints: room.options.takeRateBasisPoints,
    currency: NETWORK_CURRENCY,
    maxUnfrozenMs: spec.timeLimitMs - job.billedMs,
    receiptIntervalMs: room.options.receiptIntervalMs,
    grantedAtMs: nowMs,
  });
  await tx
    .insertInto('leases')
    .values({
      id: terms.leaseId,
      jobId,
      workerId,
      ownerId,
      deviceId,
      deviceClass: spec.deviceClass,
      leaseEpoch: terms.leaseEpoch,
      state: 'proposed',
      microPerHour: terms.microPerHour,
      takeRateBasisPoints: terms.takeRateBasisPoints,
      maxUnfrozenMs: terms.maxUnfrozenMs,
      termsJson: canonicalJson(terms),
      termsSignature: room.signer.sign(signatureContext.leaseTerms, terms),
      cumulativeUnfrozenMs: 0,
      grantedAtMs: terms.grantedAtMs,
      startedAtMs: null,
      resultJson: null,
      closeReason: null,
      closedAtMs: null,
    })
    .execute();
  await tx.updateTable('jobs').set({ state, leaseId: terms.leaseId, reason: null }).where('id', '=', jobId).execute();
  return true;
}
