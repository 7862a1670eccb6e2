import { implement } from '@orpc/server';
import { cloudContract, type NetworkInfo } from '../../contract/cloud-api.ts';
import { invoice } from '../../contract/model/lease.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import { usageReceipt } from '../../contract/model/receipt.ts';
import { VERSION } from '../../lib/version.ts';
import { accountView, mintCredits, openAccount } from '../accounts/accounts.ts';
import { newEnrolmentToken } from '../accounts/enrolment-tokens.ts';
import { jobTopic, type Topics } from '../bus/topics.ts';
import { NETWORK_CURRENCY, type NetworkOptions } from '../constants.ts';
import type { NetworkIdentity } from '../identity.ts';
import type { Logs } from '../logs.ts';
import { jobRows, jobView } from '../market/job-view.ts';
import { cancelJob, type JobsRoom, submitJob } from '../market/jobs.ts';
import { openPrices } from '../market/prices.ts';
import type { Sessions } from '../registry/sessions.ts';
import { devicesOf, enrolWorker } from '../registry/workers.ts';
import type { AccountRow } from '../store/schema.ts';
import { demand, demandAny } from './auth.ts';
import { watchJob, watchLog } from './job-streams.ts';

export interface ApiRoom extends JobsRoom {
  readonly network: NetworkIdentity;
  readonly options: NetworkOptions;
  readonly sessions: Sessions;
  readonly topics: Topics;
  readonly logs: Logs;
  readonly nudge: () => void;
  /** Ends the streams when the network shuts down. */
  readonly closing: AbortSignal;
}

export interface ApiContext {
  readonly account: AccountRow | null;
}

export function networkInfo(room: Pick<ApiRoom, 'network' | 'options'>): NetworkInfo {
  return {
    id: room.network.id,
    name: room.network.name,
    version: VERSION,
    publicKey: room.network.signer.publicKey,
    currency: NETWORK_CURRENCY,
    takeRateBasisPoints: room.options.takeRateBasisPoints,
    holdbackMs: room.options.holdbackMs,
  };
}

/** What the cloud API does, procedure by procedure. */
export function createRouter(room: ApiRoom) {
  const { db, ledger, clock, sessions } = room;
  const os = implement(cloudContract).$context<ApiContext>();
  const prices = openPrices(room);
  const market = () => ({ onlineWorkers: sessions.onlineWorkers(), candidates: sessions.candidates() });
  const untilClosing = (signal: AbortSignal | undefined): AbortSignal => (signal ? AbortSignal.any([signal, room.closing]) : room.closing);

  /** The renter's own job; another's does not exist for them. */
  const ownJob = async (account: AccountRow | null, id: string) => {
    const renter = demand(account, 'renter');
    const row = await jobRows(db).where('jobs.id', '=', id).where('jobs.renterId', '=', renter.id).executeTakeFirst();
    if (!row) throw new ProblemError('not-found', `There is no job ${id}.`, 'List your jobs to see their ids.');
    return row;
  };

  return os.router({
    network: os.network.handler(() => networkInfo(room)),
    accounts: {
      me: os.accounts.me.handler(({ context }) => accountView(db, ledger, demandAny(context.account))),
      create: os.accounts.create.handler(async ({ input, context }) => {
        demand(context.account, 'operator');
        const { row, apiKey } = await db.transaction().execute((tx) => openAccount(tx, clock, input.kind, input.name));
        return { account: await accountView(db, ledger, row), apiKey };
      }),
      mint: os.accounts.mint.handler(async ({ input, context }) => {
        demand(context.account, 'operator');
        const row = await mintCredits(db, ledger, input.id, input.amountMicro, input.mintKey);
        return accountView(db, ledger, row);
      }),
    },
    workers: {
      list: os.workers.list.handler(async ({ context }) => {
        const owner = demand(context.account, 'owner');
        const rows = await db.selectFrom('workers').selectAll().where('ownerId', '=', owner.id).orderBy('id').execute();
        const items = rows.map((row) => ({
          id: row.id,
          name: row.name,
          online: sessions.get(row.id) !== null,
          devices: [...devicesOf(row)],
          offers: [...(sessions.reportOf(row.id)?.offers ?? [])],
          enrolledAtMs: row.enrolledAtMs,
        }));
        return { items };
      }),
      token: os.workers.token.handler(({ context }) => newEnrolmentToken(db, clock, demand(context.account, 'owner').id)),
      enrol: os.workers.enrol.handler(async ({ input }) => {
        const workerId = await enrolWorker(db, clock, input.claim, input.signature);
        return { workerId, network: networkInfo(room) };
      }),
    },
    offers: { list: os.offers.list.handler(() => ({ items: [...sessions.offers()] })) },
    prices: os.prices.handler(prices),
    jobs: {
      create: os.jobs.create.handler(async ({ input, context }) => {
        const renter = demand(context.account, 'renter');
        const id = await submitJob(room, renter.id, input.spec, input.idempotencyKey);
        room.nudge();
        return jobView(await ownJob(context.account, id), market());
      }),
      list: os.jobs.list.handler(async ({ input, context }) => {
        const renter = demand(context.account, 'renter');
        let query = jobRows(db).where('jobs.renterId', '=', renter.id);
        if (input.cursor !== undefined) query = query.where('jobs.id', '<', input.cursor);
        const rows = await query
          .orderBy('jobs.id', 'desc')
          .limit(input.limit + 1)
          .execute();
        const items = rows.slice(0, input.limit).map((row) => jobView(row, market()));
        return { items, nextCursor: rows.length > input.limit ? (items.at(-1)?.id ?? null) : null };
      }),
      get: os.jobs.get.handler(async ({ input, context }) => jobView(await ownJob(context.account, input.id), market())),
      cancel: os.jobs.cancel.handler(async ({ input, context }) => {
        await cancelJob(room, await ownJob(context.account, input.id));
        room.topics.publish(jobTopic(input.id));
        room.nudge();
        return jobView(await ownJob(context.account, input.id), market());
      }),
      watch: os.jobs.watch.handler(async ({ input, context, signal }) => {
        await ownJob(context.account, input.id);
        return watchJob(room, input.id, untilClosing(signal), async () => jobView(await ownJob(context.account, input.id), market()));
      }),
      log: os.jobs.log.handler(async ({ input, context, signal }) => {
        await ownJob(context.account, input.id);
        return watchLog(room, input.id, input.offset, untilClosing(signal));
      }),
      receipts: os.jobs.receipts.handler(async ({ input, context }) => {
        const job = await ownJob(context.account, input.id);
        const receipts = await db
          .selectFrom('receipts')
          .innerJoin('leases', 'leases.id', 'receipts.leaseId')
          .selectAll('receipts')
          .where('leases.jobId', '=', job.id)
          .orderBy('receipts.leaseId')
          .orderBy('receipts.interval')
          .execute();
        const invoices = await db.selectFrom('invoices').selectAll().where('jobId', '=', job.id).orderBy('leaseId').execute();
        return {
          receipts: receipts.map(({ receiptJson, workerSignature, networkSignature }) => ({
            receipt: usageReceipt.parse(JSON.parse(receiptJson)),
            workerSignature,
            networkSignature,
          })),
          invoices: invoices.map(({ invoiceJson, networkSignature }) => ({
            invoice: invoice.parse(JSON.parse(invoiceJson)),
            networkSignature,
          })),
        };
      }),
    },
  });
}
