import { createHash } from 'node:crypto';
import type { Account, AccountKind } from '../../contract/cloud-api.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import type { Clock } from '../../lib/clock.ts';
import { newId, newSecret } from '../../lib/ids.ts';
import { NETWORK_CURRENCY } from '../constants.ts';
import { available, holds, ledgerAccount } from '../ledger/account.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { AccountRow, Database, Tx } from '../store/schema.ts';

/** Secrets carry 256 random bits, so a plain hash is enough: there is nothing to guess. */
export const secretHash = (secret: string): string => createHash('sha256').update(secret).digest('hex');

export async function openAccount(
  tx: Tx,
  clock: Clock,
  kind: AccountKind,
  name: string,
): Promise<{ readonly row: AccountRow; readonly apiKey: string }> {
  const nowMs = clock.nowMs();
  const row: AccountRow = { id: newId('acc', nowMs), kind, name, createdAtMs: nowMs };
  await tx.insertInto('accounts').values(row).execute();
  return { row, apiKey: await newApiKey(tx, clock, row.id) };
}

/** Another key to an account. It is shown this once: only its hash is kept. */
export async function newApiKey(tx: Tx, clock: Clock, accountId: string): Promise<string> {
  const apiKey = newSecret('nsk');
  await tx
    .insertInto('apiKeys')
    .values({ keyHash: secretHash(apiKey), accountId, createdAtMs: clock.nowMs() })
    .execute();
  return apiKey;
}

/** The account of a bearer key, or null. */
export async function accountOfKey(db: Database, apiKey: string): Promise<AccountRow | null> {
  const row = await db
    .selectFrom('apiKeys')
    .innerJoin('accounts', 'accounts.id', 'apiKeys.accountId')
    .selectAll('accounts')
    .where('apiKeys.keyHash', '=', secretHash(apiKey))
    .executeTakeFirst();
  return row ?? null;
}

export async function accountView(db: Database, ledger: Ledger, row: AccountRow): Promise<Account> {
  const view = { id: row.id, kind: row.kind, name: row.name, currency: NETWORK_CURRENCY };
  switch (row.kind) {
    case 'operator': {
      const platform = await ledger.balances(db, ledgerAccount.platform);
      return { ...view, balance: { availableMicro: available(platform), heldMicro: 0, pendingMicro: 0, nextAvailableAtMs: null } };
    }
    case 'renter': {
      const own = await ledger.balances(db, ledgerAccount.renter(row.id));
      return {
        ...view,
        balance: { availableMicro: available(own), heldMicro: own.pendingDebits, pendingMicro: 0, nextAvailableAtMs: null },
      };
    }
    case 'owner': {
      const own = await ledger.balances(db, ledgerAccount.owner(row.id));
      const back = await ledger.balances(db, ledgerAccount.holdback(row.id));
      const next = await db
        .selectFrom('holdbacks')
        .select((eb) => eb.fn.min('availableAtMs').as('atMs'))
        .where('ownerId', '=', row.id)
        .where('releasedAtMs', 'is', null)
        .executeTakeFirst();
      return {
        ...view,
        balance: { availableMicro: available(own), heldMicro: 0, pendingMicro: holds(back), nextAvailableAtMs: next?.atMs ?? null },
      };
    }
  }
}

/** Gives TEST credits to a renter. The same mint key again gives nothing more. */
export async function mintCredits(
  db: Database,
  ledger: Ledger,
  accountId: string,
  amountMicro: number,
  mintKey: string,
): Promise<AccountRow> {
  return db.transaction().execute(async (tx) => {
    const row = await tx.selectFrom('accounts').selectAll().where('id', '=', accountId).executeTakeFirst();
    if (row?.kind !== 'renter') {
      throw new ProblemError('not-found', `There is no renter ${accountId}.`, 'Give the id of a renter account.');
    }
    const id = `mint:${mintKey}`;
    const credit = ledgerAccount.renter(row.id);
    const before = await tx.selectFrom('transfers').selectAll().where('id', '=', id).executeTakeFirst();
    if (before && (before.creditAccount !== credit || before.amountMicro !== amountMicro)) {
      throw new ProblemError(
        'idempotency-conflict',
        `The mint key ${mintKey} was used for another amount or account.`,
        'Use a new mint key.',
      );
    }
    await ledger.post(tx, { id, debit: ledgerAccount.mint, credit, amountMicro });
    return row;
  });
}
