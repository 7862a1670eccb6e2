import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { openDatabase } from '../store/open.ts';
import type { Database } from '../store/schema.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { available, holds, ledgerAccount } from './account.ts';
import { billOf } from './bill.ts';
import { createLedger } from './ledger.ts';

const ledger = createLedger(systemClock);
const RENTERS = ['a', 'b'].map(ledgerAccount.renter);

type Action =
  | { readonly kind: 'mint'; readonly renter: string; readonly amountMicro: number }
  | { readonly kind: 'hold'; readonly renter: string; readonly amountMicro: number }
  | { readonly kind: 'resolve'; readonly index: number; readonly share: number }
  | { readonly kind: 'refund'; readonly renter: string; readonly amountMicro: number };

const amount = fc.integer({ min: 1, max: 1_000 });
const renter = fc.constantFrom(...RENTERS);
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('mint' as const), renter, amountMicro: amount }),
  fc.record({ kind: fc.constant('hold' as const), renter, amountMicro: amount }),
  fc.record({ kind: fc.constant('resolve' as const), index: fc.nat(20), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ kind: fc.constant('refund' as const), renter, amountMicro: amount }),
);

async function carryOut(db: Database, actions: readonly Action[], prefix: string): Promise<void> {
  const open: { id: string; amountMicro: number }[] = [];
  for (const [index, each] of actions.entries()) {
    const id = `${prefix}:${index}`;
    await db.transaction().execute(async (tx) => {
      switch (each.kind) {
        case 'mint':
          await ledger.post(tx, { id, debit: ledgerAccount.mint, credit: each.renter, amountMicro: each.amountMicro });
          break;
        case 'hold': {
          const transfer = { id, debit: each.renter, credit: ledgerAccount.hold, amountMicro: each.amountMicro };
          const moved = await ledger.pend(tx, transfer);
          if (moved.kind === 'moved') open.push(transfer);
          if (moved.kind === 'moved') expect(await ledger.pend(tx, transfer)).toEqual({ kind: 'repeated' });
          break;
        }
        case 'resolve': {
          const [hold] = open.splice(each.index % Math.max(open.length, 1), 1);
          if (hold) await ledger.resolve(tx, hold.id, `charge:${id}`, Math.floor(hold.amountMicro * each.share));
          break;
        }
        case 'refund':
          await ledger.post(tx, { id, debit: ledgerAccount.hold, credit: each.renter, amountMicro: each.amountMicro });
          break;
      }
    });
  }
}

describe('the ledger', () => {
  test('keeps debits equal to credits, overdraws nothing but the mint, and counts versions without a gap', async () => {
    using dir = tempDir();
    const db = await openDatabase(join(dir.path, 'network.db'), 0);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
        run += 1;
        await carryOut(db, actions, `run${run}`);
        const accounts = await db.selectFrom('ledgerAccounts').selectAll().execute();
        const sum = (pick: (row: (typeof accounts)[number]) => number): number => accounts.reduce((total, row) => total + pick(row), 0);
        expect(sum((row) => row.postedDebits)).toBe(sum((row) => row.postedCredits));
        expect(sum((row) => row.pendingDebits)).toBe(sum((row) => row.pendingCredits));
        for (const row of accounts) {
          if (row.id !== ledgerAccount.mint) expect(available(row)).toBeGreaterThanOrEqual(0);
          const entries = await db.selectFrom('ledgerEntries').selectAll().where('accountId', '=', row.id).orderBy('version').execute();
          expect(entries.map(({ version }) => version)).toEqual(Array.from({ length: row.version }, (_, index) => index + 1));
          const last = entries.at(-1);
          if (last) expect(holds(last)).toBe(holds(row));
        }
      }),
      { numRuns: 12, seed: 1 },
    );
    await db.destroy();
  });

  test('refuses what is not there, a second resolution, and an id with other content', async () => {
    using dir = tempDir();
    const db = await openDatabase(join(dir.path, 'network.db'), 0);
    const [a = ''] = RENTERS;
    const inTx = db.transaction();
    const hold = { id: 'hold:1', debit: a, credit: ledgerAccount.hold, amountMicro: 60 };
    await inTx.execute((tx) => ledger.post(tx, { id: 'mint:1', debit: ledgerAccount.mint, credit: a, amountMicro: 100 }));
    expect(await inTx.execute((tx) => ledger.pend(tx, hold))).toEqual({ kind: 'moved' });
    expect(await inTx.execute((tx) => ledger.pend(tx, { ...hold, id: 'hold:2' }))).toEqual({ kind: 'overdraft', availableMicro: 40 });
    await expect(inTx.execute((tx) => ledger.pend(tx, { ...hold, amountMicro: 1 }))).rejects.toThrow('other content');
    await expect(inTx.execute((tx) => ledger.resolve(tx, 'hold:1', 'charge:1', 61))).rejects.toThrow('cannot post');
    await inTx.execute((tx) => ledger.resolve(tx, 'hold:1', 'charge:1', 50));
    await expect(inTx.execute((tx) => ledger.resolve(tx, 'hold:1', 'charge:2', 10))).rejects.toThrow();
    expect(available(await ledger.balances(db, a))).toBe(50);
    expect(holds(await ledger.balances(db, ledgerAccount.hold))).toBe(50);
    await db.destroy();
  });
});

test('a bill splits its charge without a remainder and never exceeds what was funded', () => {
  const lease = fc.record({
    cumulativeUnfrozenMs: fc.nat(10 ** 10),
    maxUnfrozenMs: fc.integer({ min: 1, max: 7 * 24 * 3_600_000 }),
    microPerHour: fc.nat(10 ** 9),
    takeRateBasisPoints: fc.integer({ min: 0, max: 10_000 }),
  });
  fc.assert(
    fc.property(lease, (each) => {
      const bill = billOf(each);
      expect(bill.feeMicro + bill.netMicro).toBe(bill.chargeMicro);
      expect(bill.netMicro).toBeGreaterThanOrEqual(0);
      expect(bill.unfrozenMs).toBeLessThanOrEqual(each.maxUnfrozenMs);
      expect(bill.chargeMicro).toBeLessThanOrEqual(Math.ceil((each.maxUnfrozenMs * each.microPerHour) / 3_600_000));
    }),
    { seed: 1 },
  );
});
