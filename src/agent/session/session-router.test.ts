import { call } from '@orpc/server';
import { expect, it } from 'vitest';
import { createLogger } from '../../lib/log.ts';
import { createPulse } from '../../lib/pulse.ts';
import { newPrivateKeyPem, openSigner } from '../../lib/signing.ts';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import type { Leases } from '../lease/leases.ts';
import { openStore } from '../store/open.ts';
import { appendOutbox, readOutbox } from '../store/outbox-rows.ts';
import { createSessionRouter, type SessionContext } from './session-router.ts';

function session() {
  const db = openStore(tempFolder());
  const signer = openSigner(newPrivateKeyPem());
  const closing = new AbortController();
  const router = createSessionRouter({
    db,
    signer,
    logger: createLogger('test', 'silent'),
    leases: {} as Leases, // no call here is about a lease
    devices: () => [],
    offers: () => [],
    reportChanged: createPulse(),
    outboxGrew: createPulse(),
    compared: () => undefined,
    bootId: 'boot',
    version: '0',
  });
  const context: SessionContext = {
    enrolment: {
      networkUrl: 'http://127.0.0.1:1',
      workerId: 'worker_1',
      network: { id: 'n', name: 'n', version: '0', publicKey: signer.publicKey, currency: 'TEST', takeRateBasisPoints: 0, holdbackMs: 0 },
    },
    workerNonce: 'nonce',
    closed: closing.signal,
    trust: { proved: true, sentSeq: 0 },
    onAccepted: () => undefined,
  };
  const left = (): readonly number[] => readOutbox(db, 0, 10).map((record) => record.seq);
  for (let count = 0; count < 3; count++) appendOutbox(db, { kind: 'lease-running', leaseId: 'a', leaseEpoch: 1, startedAtMs: 1 });
  return { router, context, left };
}

it('keeps every record that was not sent, whatever the network acknowledges', async () => {
  const { router, context, left } = session();
  await call(router.outbox.ack, { upToSeq: 1_000_000, cosignatures: [] }, { context });
  expect(left()).toEqual([1, 2, 3]);
  const records = await call(router.outbox.stream, { afterSeq: 0 }, { context });
  await records.next();
  await records.next();
  await call(router.outbox.ack, { upToSeq: 1_000_000, cosignatures: [] }, { context });
  expect(left()).toEqual([3]);
  await records.return();
});

it('serves nothing but the handshake to a network that has not proved itself', async () => {
  const { router, context, left } = session();
  const stranger = { ...context, trust: { proved: false, sentSeq: 3 } };
  await expect(call(router.outbox.ack, { upToSeq: 3, cosignatures: [] }, { context: stranger })).rejects.toThrow(/handshake/);
  expect(left()).toEqual([1, 2, 3]);
});
