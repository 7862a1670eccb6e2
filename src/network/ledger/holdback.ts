import type { Clock } from '../../lib/clock.ts';
import type { Database } from '../store/schema.ts';
import { ledgerAccount } from './account.ts';
import { type Ledger, mustMove } from './ledger.ts';

/** How many matured holdbacks one transaction releases. */
const BATCH = 200;

/** Moves every holdback whose time has come to its owner. */
export async function releaseMatured(db: Database, ledger: Ledger, clock: Clock): Promise<void> {
  const nowMs = clock.nowMs();
  const due = await db
    .selectFrom('holdbacks')
    .selectAll()
    .where('releasedAtMs', 'is', null)
    .where('availableAtMs', '<=', nowMs)
    .orderBy('availableAtMs')
    .limit(BATCH)
    .execute();
  if (due.length === 0) return;
  await db.transaction().execute(async (tx) => {
    for (const { leaseId, ownerId, amountMicro } of due) {
      const debit = ledgerAccount.holdback(ownerId);
      mustMove(await ledger.post(tx, { id: `release:${leaseId}`, debit, credit: ledgerAccount.owner(ownerId), amountMicro }));
      await tx.updateTable('holdbacks').set({ releasedAtMs: nowMs }).where('leaseId', '=', leaseId).execute();
    }
  });
}
