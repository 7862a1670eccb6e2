import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { chargeMicro } from '../../contract/model/money.ts';
import type { SignedReceipt, UsageReceipt } from '../../contract/model/receipt.ts';
import { signatureContext } from '../../contract/session-api.ts';
import { systemClock } from '../../lib/clock.ts';
import { newPrivateKeyPem, openSigner, verifySignature } from '../../lib/signing.ts';
import { openCheckpoints } from '../checkpoints.ts';
import { DEFAULT_OPTIONS } from '../constants.ts';
import { seal } from '../market/lease-effects.ts';
import { openDatabase } from '../store/open.ts';
import { jobRow } from '../testing/job-row.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { createLedger } from './ledger.ts';
import { acceptReceipt } from './receipts.ts';
import { holdId, sealLease } from './seal.ts';

const network = openSigner(newPrivateKeyPem());
const worker = openSigner(newPrivateKeyPem());
const GRANTED_AT_MS = 1_000_000;
const FROM = { workerId: 'wkr', publicKey: worker.publicKey };

/** A database with one active lease of the second epoch, funded with 1 credit, and what a test does with it. */
async function stage(dir: string) {
  const db = await openDatabase(join(dir, 'network.db'), 0);
  const ledger = createLedger(systemClock);
  const hold = holdId('job', 1);
  await db.transaction().execute(async (tx) => {
    for (const [id, kind] of [['own', 'owner'] as const, ['ren', 'renter'] as const]) {
      await tx.insertInto('accounts').values({ id, kind, name: id, createdAtMs: 0 }).execute();
    }
    await ledger.post(tx, { id: 'mint:1', debit: 'mint', credit: 'renter:ren', amountMicro: 1_000_000 });
    await ledger.pend(tx, { id: hold, debit: 'renter:ren', credit: 'hold', amountMicro: 1_000_000 });
    await tx
      .insertInto('workers')
      .values({ id: 'wkr', ownerId: 'own', publicKey: worker.publicKey, name: 'w', devicesJson: '[]', enrolledAtMs: 0 })
      .execute();
    await tx
      .insertInto('jobs')
      .values(jobRow({ id: 'job', renterId: 'ren', state: 'running', leaseId: 'lea', holdId: hold, heldMicro: 1_000_000 }))
      .execute();
    for (const [id, leaseEpoch, state] of [['old', 1, 'closed'] as const, ['lea', 2, 'active'] as const]) {
      await tx
        .insertInto('leases')
        .values({
          id,
          jobId: 'job',
          workerId: 'wkr',
          ownerId: 'own',
          deviceId: 'cpu0',
          deviceClass: 'cpu',
          leaseEpoch,
          state,
          microPerHour: 360_000,
          takeRateBasisPoints: 2_000,
          maxUnfrozenMs: 60_000,
          termsJson: '{}',
          termsSignature: '',
          cumulativeUnfrozenMs: 0,
          grantedAtMs: GRANTED_AT_MS,
          startedAtMs: null,
          resultJson: null,
          closeReason: null,
          closedAtMs: null,
        })
        .execute();
    }
  });
  const checkpoints = await openCheckpoints(join(dir, 'checkpoints'), db, pino({ level: 'silent' }));
  const room = { db, checkpoints, ledger, signer: network, clock: systemClock, options: DEFAULT_OPTIONS };
  return {
    take: (signed: SignedReceipt, nowMs = GRANTED_AT_MS + 100_000) =>
      db.transaction().execute((tx) => acceptReceipt(tx, signed, FROM, network, nowMs)),
    cumulative: async () =>
      (await db.selectFrom('leases').select('cumulativeUnfrozenMs').where('id', '=', 'lea').executeTakeFirstOrThrow()).cumulativeUnfrozenMs,
    seal: () =>
      db.transaction().execute((tx) => sealLease(tx, room, 'lea', { by: 'worker', outcome: { kind: 'exited', exitCode: 0 } }, null)),
    room,
    db,
    ledger,
  };
}

function receipt(interval: number, cumulativeUnfrozenMs: number, change: Partial<UsageReceipt> = {}, signer = worker): SignedReceipt {
  const body: UsageReceipt = {
    version: 0,
    leaseId: 'lea',
    leaseEpoch: 2,
    workerId: 'wkr',
    deviceId: 'cpu0',
    interval,
    cumulativeUnfrozenMs,
    microPerHour: 360_000,
    chargeMicro: chargeMicro(cumulativeUnfrozenMs, 360_000),
    currency: 'TEST',
    measuredAtMs: 0,
    ...change,
  };
  return { receipt: body, workerSignature: signer.sign(signatureContext.receipt, body) };
}

describe('a usage receipt', () => {
  test('is signed by the network when it is taken, and again the same when it is repeated', async () => {
    using dir = tempDir();
    const { take, cumulative, db } = await stage(dir.path);
    const signed = receipt(1, 5_000);
    const answer = await take(signed);
    if (answer.kind !== 'accepted') throw new Error(answer.fault);
    expect(verifySignature(network.publicKey, signatureContext.receiptAccepted, signed, answer.networkSignature)).toBe(true);
    expect(await take(signed)).toEqual(answer);
    expect(await cumulative()).toBe(5_000);
    await db.destroy();
  });

  test('counts by the highest usage, in whatever order it comes', async () => {
    using dir = tempDir();
    const { take, cumulative, db } = await stage(dir.path);
    for (const interval of [3, 1, 2]) expect((await take(receipt(interval, interval * 5_000))).kind).toBe('accepted');
    expect(await cumulative()).toBe(15_000);
    await db.destroy();
  });

  test('is refused where it does not hold', async () => {
    using dir = tempDir();
    const { take, cumulative, db } = await stage(dir.path);
    await take(receipt(1, 5_000));
    const faults = [
      receipt(2, 9_000, {}, openSigner(newPrivateKeyPem())),
      receipt(2, 9_000, { leaseEpoch: 1 }),
      receipt(2, 9_000, { deviceId: 'cpu1' }),
      receipt(2, 9_000, { microPerHour: 720_000 }),
      receipt(2, 9_000, { chargeMicro: 1_000_000 }),
      receipt(2, 9_000, { leaseId: 'nowhere' }),
      receipt(1, 9_000),
    ];
    const answers = await Promise.all(faults.map(take));
    expect(answers.map((answer) => answer.kind === 'refused' && answer.fault)).toEqual([
      'wrong-signature',
      'stale-epoch',
      'wrong-lease',
      'wrong-price',
      'wrong-charge',
      'unknown-lease',
      'conflict',
    ]);
    expect(await cumulative()).toBe(5_000);
    await db.destroy();
  });

  test('is bounded by the time since the grant, but for what two clocks may differ', async () => {
    using dir = tempDir();
    const { take, cumulative, db } = await stage(dir.path);
    const hourMs = 3_600_000;
    expect(await take(receipt(1, 10_001), GRANTED_AT_MS)).toEqual({ kind: 'refused', fault: 'beyond-time' });
    expect(await take(receipt(2, hourMs + 13_601), GRANTED_AT_MS + hourMs)).toEqual({ kind: 'refused', fault: 'beyond-time' });
    expect((await take(receipt(3, hourMs + 13_600), GRANTED_AT_MS + hourMs)).kind).toBe('accepted');
    expect(await cumulative()).toBe(hourMs + 13_600);
    await db.destroy();
  });

  test('is not taken before the grant, so that a dropped proposal costs nothing', async () => {
    using dir = tempDir();
    const { take, db } = await stage(dir.path);
    await db.updateTable('leases').set({ state: 'proposed' }).where('id', '=', 'lea').execute();
    expect(await take(receipt(1, 5_000))).toEqual({ kind: 'refused', fault: 'not-granted' });
    await db.destroy();
  });

  test('changes nothing once the lease is sealed, which bills no more than was funded', async () => {
    using dir = tempDir();
    const { take, seal, cumulative, ledger, db } = await stage(dir.path);
    const early = receipt(1, 90_000);
    const accepted = await take(early);
    expect(await seal()).toBe('job');
    expect(await seal()).toBeNull();
    expect(await take(receipt(2, 95_000))).toEqual({ kind: 'refused', fault: 'sealed' });
    expect(await take(early)).toEqual(accepted);
    expect(await cumulative()).toBe(90_000);
    // 60 s of the 90 s were funded: 6,000 micro-credits, of which a fifth is the fee.
    expect(await ledger.balances(db, 'platform')).toMatchObject({ postedCredits: 1_200 });
    expect(await ledger.balances(db, 'holdback:own')).toMatchObject({ postedCredits: 4_800 });
    expect(await ledger.balances(db, 'renter:ren')).toMatchObject({ postedDebits: 6_000, pendingDebits: 0 });
    expect(await ledger.balances(db, 'hold')).toMatchObject({ postedDebits: 6_000, postedCredits: 6_000, pendingCredits: 0 });
    await db.destroy();
  });
});

test('a lease is not closed on what was decided before its worker sent the result', async () => {
  using dir = tempDir();
  const { room, db } = await stage(dir.path);
  const decidedOn = await db.selectFrom('leases').selectAll().where('id', '=', 'lea').executeTakeFirstOrThrow();
  await db.updateTable('leases').set({ state: 'closing' }).where('id', '=', 'lea').execute();
  const lost = { by: 'network', reason: 'agent-lost', granted: true } as const;
  expect(await seal(room, decidedOn, lost)).toBeNull();
  expect(await seal(room, { ...decidedOn, state: 'closing' }, lost)).toBe('job');
  await db.destroy();
});
