import type { Clock } from '../../lib/clock.ts';
import type { Database, LedgerAccountRow, Tx } from '../store/schema.ts';
import { applied, available, type Balances, EMPTY, mayOverdraw, type Side } from './account.ts';

/** A movement of micro-credits. `id` comes from the business key, so that the same thing cannot move money twice. */
export interface Transfer {
  readonly id: string;
  readonly debit: string;
  readonly credit: string;
  readonly amountMicro: number;
}

/** Not enough there: an expected answer, for the caller to put into words. Nothing was written. */
export interface Overdraft {
  readonly kind: 'overdraft';
  readonly availableMicro: number;
}
export type Moved = { readonly kind: 'moved' } | { readonly kind: 'repeated' } | Overdraft;

/**
 * Double entry over the store. Transfers are immutable: a posted one moves at once, a pending one promises and is resolved
 * exactly once, by posting at most its amount or by voiding it. All calls belong to the caller's transaction.
 */
export interface Ledger {
  post(tx: Tx, transfer: Transfer): Promise<Moved>;
  pend(tx: Tx, transfer: Transfer): Promise<Moved>;
  /** Resolves a pending transfer: posts `postMicro` (0 voids it) under `resolutionId`, frees the rest. Throws when already resolved. */
  resolve(tx: Tx, transferId: string, resolutionId: string, postMicro: number): Promise<void>;
  balances(db: Database | Tx, account: string): Promise<Balances>;
}

export function createLedger(clock: Clock): Ledger {
  async function readAccount(db: Database | Tx, id: string): Promise<LedgerAccountRow> {
    const row = await db.selectFrom('ledgerAccounts').selectAll().where('id', '=', id).executeTakeFirst();
    return row ?? { id, ...EMPTY, version: 0 };
  }

  async function change(tx: Tx, id: string, side: Side, pendMicro: number, postMicro: number, causeId: string): Promise<void> {
    const row = await readAccount(tx, id);
    const next = applied(row, side, pendMicro, postMicro);
    const version = row.version + 1;
    await tx
      .insertInto('ledgerAccounts')
      .values({ id, ...next, version })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ ...next, version }))
      .execute();
    await tx
      .insertInto('ledgerEntries')
      .values({ accountId: id, version, causeId, ...next })
      .execute();
  }

  async function ensureAccount(tx: Tx, id: string): Promise<void> {
    await tx
      .insertInto('ledgerAccounts')
      .values({ id, ...EMPTY, version: 0 })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
  }

  async function move(tx: Tx, transfer: Transfer, pending: boolean): Promise<Moved> {
    const { id, debit, credit, amountMicro } = transfer;
    if (!Number.isSafeInteger(amountMicro) || amountMicro <= 0) throw new RangeError(`transfer ${id} has no positive whole amount`);
    if (debit === credit) throw new RangeError(`transfer ${id} moves nothing`);
    const known = await tx.selectFrom('transfers').selectAll().where('id', '=', id).executeTakeFirst();
    if (known) {
      const same =
        known.debitAccount === debit &&
        known.creditAccount === credit &&
        known.amountMicro === amountMicro &&
        known.pending === (pending ? 1 : 0);
      if (!same) throw new Error(`transfer ${id} was made before with other content`);
      return { kind: 'repeated' };
    }
    const availableMicro = available(await readAccount(tx, debit));
    if (availableMicro < amountMicro && !mayOverdraw(debit)) return { kind: 'overdraft', availableMicro };
    await ensureAccount(tx, debit);
    await ensureAccount(tx, credit);
    await tx
      .insertInto('transfers')
      .values({ id, debitAccount: debit, creditAccount: credit, amountMicro, pending: pending ? 1 : 0, createdAtMs: clock.nowMs() })
      .execute();
    await change(tx, debit, 'debit', pending ? amountMicro : 0, pending ? 0 : amountMicro, id);
    await change(tx, credit, 'credit', pending ? amountMicro : 0, pending ? 0 : amountMicro, id);
    return { kind: 'moved' };
  }

  return {
    post: (tx, transfer) => move(tx, transfer, false),
    pend: (tx, transfer) => move(tx, transfer, true),
    resolve: async (tx, transferId, resolutionId, postMicro) => {
      const transfer = await tx.selectFrom('transfers').selectAll().where('id', '=', transferId).executeTakeFirstOrThrow();
      if (transfer.pending !== 1) throw new Error(`transfer ${transferId} is not pending`);
      if (!Number.isSafeInteger(postMicro) || postMicro < 0 || postMicro > transfer.amountMicro) {
        throw new RangeError(`transfer ${transferId} cannot post ${postMicro} of ${transfer.amountMicro}`);
      }
      // The primary key refuses a second resolution of the same transfer.
      await tx
        .insertInto('resolutions')
        .values({ transferId, id: resolutionId, postedMicro: postMicro, createdAtMs: clock.nowMs() })
        .execute();
      await change(tx, transfer.debitAccount, 'debit', -transfer.amountMicro, postMicro, resolutionId);
      await change(tx, transfer.creditAccount, 'credit', -transfer.amountMicro, postMicro, resolutionId);
    },
    balances: readAccount,
  };
}

/** For movements whose funds are there by construction: an overdraft is a bug and rolls the transaction back. */
export function mustMove(moved: Moved): void {
  if (moved.kind === 'overdraft') throw new Error(`the ledger lacks funds that were held: ${moved.availableMicro} available`);
}
