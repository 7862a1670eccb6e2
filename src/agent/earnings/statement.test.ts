import { describe, expect, it } from 'vitest';
import type { Invoice } from '../../contract/model/lease.ts';
import { newPrivateKeyPem, openSigner } from '../../lib/signing.ts';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { insertInvoice } from '../store/invoice-rows.ts';
import { insertLease, setLeaseEnded } from '../store/lease-rows.ts';
import { type Db, openStore } from '../store/open.ts';
import { setCosignature } from '../store/receipt-rows.ts';
import { TEST_TERMS } from '../testing/terms.ts';
import { issueReceipt } from './receipts.ts';
import { readStatement } from './statement.ts';
import { underpaidNotices } from './underpaid.ts';

const DAY_MS = 24 * 3_600_000;
/** Noon, so that a day more or less stays a day more or less under daylight saving. */
const NOW_MS = new Date(2026, 10, 22, 12).getTime();

function seal(db: Db, leaseId: string, sealedAtMs: number, netMicro: number, availableAtMs: number): void {
  const invoice: Invoice = {
    leaseId,
    leaseEpoch: 1,
    jobId: 'job_1',
    jobName: 'j',
    deviceId: 'dev_1',
    currency: 'TEST',
    closeReason: 'exited',
    unfrozenMs: 1,
    microPerHour: 1,
    chargeMicro: netMicro + 10,
    feeMicro: 10,
    netMicro,
    availableAtMs,
    sealedAtMs,
  };
  insertInvoice(db, { invoice, networkSignature: 's' });
}

describe('statement', () => {
  it('keeps what may be paid out, what is held back and what is not sealed apart', () => {
    const db = openStore(tempFolder());
    seal(db, 'lea_1', NOW_MS - 9 * DAY_MS, 100, NOW_MS - DAY_MS);
    seal(db, 'lea_2', NOW_MS - 3 * DAY_MS, 20, NOW_MS + 4 * DAY_MS);
    seal(db, 'lea_3', NOW_MS, 3, NOW_MS + 7 * DAY_MS);
    expect(readStatement(db, null, [], 5, null, NOW_MS)).toMatchObject({
      availableMicro: 100,
      pendingMicro: 23,
      nextAvailableAtMs: NOW_MS + 4 * DAY_MS,
      unsealedMicro: 5,
      todayNetMicro: 3,
      todayGrossMicro: 13,
      todayFeeMicro: 10,
    });
    db.close();
  });

  it('sums each of the last 14 days, today last, and leaves older ones out', () => {
    const db = openStore(tempFolder());
    seal(db, 'lea_1', NOW_MS - 14 * DAY_MS, 7, NOW_MS);
    seal(db, 'lea_2', NOW_MS - 13 * DAY_MS, 1, NOW_MS);
    seal(db, 'lea_3', NOW_MS - DAY_MS, 2, NOW_MS);
    seal(db, 'lea_4', NOW_MS - DAY_MS, 3, NOW_MS);
    const { days } = readStatement(db, null, [], 0, null, NOW_MS);
    expect(days).toHaveLength(14);
    expect(days.map((day) => day.netMicro)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0]);
    expect(days.at(-1)?.day).toBe('2026-11-22');
    db.close();
  });

  it('lists a lease only when it has ended', () => {
    const db = openStore(tempFolder());
    insertLease(db, { terms: TEST_TERMS, networkSignature: 's' }, false, 0);
    expect(readStatement(db, null, [], 0, null, NOW_MS).recent).toEqual([]);
    setLeaseEnded(db, TEST_TERMS.leaseId, { kind: 'exited', exitCode: 0 }, 1);
    expect(readStatement(db, null, [], 0, null, NOW_MS).recent).toMatchObject([
      { leaseId: TEST_TERMS.leaseId, sealed: false, netMicro: null },
    ]);
    db.close();
  });
});

describe('a network that invoices less than it has co-signed', () => {
  it('is named to the owner with the lease and both amounts; an honest one is not', () => {
    const db = openStore(tempFolder());
    insertLease(db, { terms: TEST_TERMS, networkSignature: 's' }, false, 0);
    const { leaseId, leaseEpoch } = TEST_TERMS;
    issueReceipt(db, openSigner(newPrivateKeyPem()), TEST_TERMS, 36_000, 1); // 500 micro-credits
    seal(db, leaseId, NOW_MS, 400, NOW_MS);
    expect(underpaidNotices(db)).toEqual([]); // not co-signed: the network has promised nothing
    setCosignature(db, leaseId, leaseEpoch, 1, 'signed');
    expect(underpaidNotices(db)).toMatchObject([{ level: 'error', text: expect.stringContaining('invoiced 410') }]);
    db.prepare('UPDATE invoices SET charge_micro = 500').run();
    expect(underpaidNotices(db)).toEqual([]);
    db.close();
  });
});
