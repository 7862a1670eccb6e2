import { invoice } from '../../contract/model/lease.ts';
import type { LedgerTotals } from '../../contract/session-api.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { canonicalJson } from '../../lib/signing.ts';
import { REPEAT_CALL_MS } from '../constants.ts';
import type { WorkerSession } from '../gateway/session.ts';
import type { Sessions } from '../registry/sessions.ts';
import type { Database } from '../store/schema.ts';
import { callSignal } from './lease-effects.ts';

export interface DeliveryRoom {
  readonly db: Database;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The sums over every invoice that the worker has taken. */
async function totalsOf(db: Database, workerId: string): Promise<LedgerTotals> {
  const rows = await db
    .selectFrom('sealDeliveries')
    .innerJoin('invoices', 'invoices.leaseId', 'sealDeliveries.leaseId')
    .select(['invoices.chargeMicro', 'invoices.feeMicro', 'invoices.netMicro'])
    .where('sealDeliveries.workerId', '=', workerId)
    .where('sealDeliveries.deliveredAtMs', 'is not', null)
    .execute();
  const sum = (pick: (row: (typeof rows)[number]) => number): number => rows.reduce((total, row) => total + pick(row), 0);
  return {
    sealedLeases: rows.length,
    chargeMicro: sum((row) => row.chargeMicro),
    feeMicro: sum((row) => row.feeMicro),
    netMicro: sum((row) => row.netMicro),
  };
}

/** Delivers sealed invoices to their workers until each has answered, on this or any later session; then compares the two ledgers. */
export interface SealDeliveries {
  drive(): Promise<void>;
  idle(): Promise<void>;
}

export function createSealDeliveries(room: DeliveryRoom, closing: AbortSignal): SealDeliveries {
  const underWay = new Map<string, Promise<void>>();
  const notBeforeMonotonicMs = new Map<string, number>();
  /** Sessions whose worker agreed, or not, on the sums as they are now. */
  const compared = new WeakSet<WorkerSession>();

  async function deliver(leaseId: string, session: WorkerSession): Promise<void> {
    try {
      const row = await room.db.selectFrom('invoices').selectAll().where('leaseId', '=', leaseId).executeTakeFirstOrThrow();
      const signed = { invoice: invoice.parse(JSON.parse(row.invoiceJson)), networkSignature: row.networkSignature };
      await session.client.leases.seal(signed, { signal: callSignal(AbortSignal.any([session.signal, closing])) });
      await room.db.updateTable('sealDeliveries').set({ deliveredAtMs: room.clock.nowMs() }).where('leaseId', '=', leaseId).execute();
      notBeforeMonotonicMs.delete(leaseId);
      compared.delete(session);
    } catch (error) {
      notBeforeMonotonicMs.set(leaseId, room.clock.monotonicMs() + REPEAT_CALL_MS);
      if (!session.signal.aborted && !closing.aborted) {
        room.logger.warn({ err: error, leaseId }, 'a worker did not take its invoice; it will be sent again');
      }
    } finally {
      underWay.delete(leaseId);
    }
  }

  /** Both sides sum up what is delivered. A difference is for people to look into: nothing is corrected by itself. */
  async function compare(session: WorkerSession): Promise<void> {
    const { workerId } = session;
    try {
      const ours = await totalsOf(room.db, workerId);
      const theirs = await session.client.ledger.compare(ours, { signal: callSignal(AbortSignal.any([session.signal, closing])) });
      if (canonicalJson(ours) !== canonicalJson(theirs))
        room.logger.error({ workerId, ours, theirs }, 'the ledger of a worker differs from ours');
    } catch (error) {
      if (!session.signal.aborted && !closing.aborted)
        room.logger.warn({ err: error, workerId }, 'could not compare ledgers with a worker');
    } finally {
      underWay.delete(workerId);
    }
  }

  return {
    drive: async () => {
      const online = room.sessions.all().map(({ workerId }) => workerId);
      if (online.length === 0) return;
      const due = await room.db
        .selectFrom('sealDeliveries')
        .select(['leaseId', 'workerId'])
        .where('deliveredAtMs', 'is', null)
        .where('workerId', 'in', online)
        .execute();
      for (const { leaseId, workerId } of due) {
        const session = room.sessions.get(workerId);
        const early = room.clock.monotonicMs() < (notBeforeMonotonicMs.get(leaseId) ?? 0);
        if (!session || early || underWay.has(leaseId) || closing.aborted) continue;
        underWay.set(leaseId, deliver(leaseId, session));
      }
      const waiting = new Set(due.map(({ workerId }) => workerId));
      for (const session of room.sessions.all()) {
        if (waiting.has(session.workerId) || compared.has(session) || underWay.has(session.workerId) || closing.aborted) continue;
        compared.add(session);
        underWay.set(session.workerId, compare(session));
      }
    },
    idle: async () => {
      await Promise.all(underWay.values());
    },
  };
}
