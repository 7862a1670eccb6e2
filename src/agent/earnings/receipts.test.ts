import { describe, expect, it } from 'vitest';
import { signatureContext } from '../../contract/session-api.ts';
import { newPrivateKeyPem, openSigner, verifySignature } from '../../lib/signing.ts';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { insertLease } from '../store/lease-rows.ts';
import { openStore } from '../store/open.ts';
import { readOutbox } from '../store/outbox-rows.ts';
import { setCosignature } from '../store/receipt-rows.ts';
import { TEST_TERMS as terms } from '../testing/terms.ts';
import { checkReceipts, issueReceipt } from './receipts.ts';

function setUp() {
  const db = openStore(tempFolder());
  insertLease(db, { terms, networkSignature: 's' }, false, 0);
  return { db, worker: openSigner(newPrivateKeyPem()), network: openSigner(newPrivateKeyPem()) };
}

describe('receipts', () => {
  it('are signed by the worker and queued for the network in one piece', () => {
    const { db, worker } = setUp();
    const signed = issueReceipt(db, worker, terms, 36_000, 1);
    expect(signed.receipt).toMatchObject({ interval: 1, cumulativeUnfrozenMs: 36_000, chargeMicro: 500 });
    expect(verifySignature(worker.publicKey, signatureContext.receipt, signed.receipt, signed.workerSignature)).toBe(true);
    expect(readOutbox(db, 0, 10)).toMatchObject([{ kind: 'usage', signed }]);
    db.close();
  });

  it('show which of the two signatures hold', () => {
    const { db, worker, network } = setUp();
    const first = issueReceipt(db, worker, terms, 1_000, 1);
    issueReceipt(db, worker, terms, 2_000, 2);
    setCosignature(db, 'lease_1', 3, 1, network.sign(signatureContext.receiptAccepted, first));
    expect(checkReceipts(db, 'lease_1', worker.publicKey, network.publicKey)).toMatchObject([
      { workerSignatureValid: true, networkSignatureValid: true },
      { workerSignatureValid: true, networkSignatureValid: null },
    ]);
    db.prepare('UPDATE receipts SET receipt = json_set(receipt, ?, ?)').run('$.chargeMicro', 999);
    expect(checkReceipts(db, 'lease_1', worker.publicKey, network.publicKey)).toMatchObject([
      { workerSignatureValid: false, networkSignatureValid: false },
      { workerSignatureValid: false, networkSignatureValid: null },
    ]);
    db.close();
  });

  it('come with the lease or not at all', () => {
    const { db, worker } = setUp();
    expect(() =>
      db.transaction(() => {
        issueReceipt(db, worker, terms, 1_000, 1);
        throw new Error('power cut');
      })(),
    ).toThrow('power cut');
    expect(readOutbox(db, 0, 10)).toEqual([]);
    expect(checkReceipts(db, 'lease_1', worker.publicKey, null)).toEqual([]);
    db.close();
  });
});
