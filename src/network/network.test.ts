import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { blobPath } from '../contract/cloud-api.ts';
import { signatureContext } from '../contract/session-api.ts';
import { verifySignature } from '../lib/signing.ts';
import { cloudFor, startTestNetwork, TEST_SPEC } from './testing/network.ts';
import { WORKER_OFFER } from './testing/offer.ts';
import { ScriptedWorker } from './testing/scripted-worker.ts';
import { ended, onlyLease, setStage } from './testing/stage.ts';
import { tempDir } from './testing/temp-dir.ts';
import { until } from './testing/until.ts';

describe('a job and a worker', () => {
  test('go from enrolment to a sealed invoice, over a restart of the network in the middle', async () => {
    using dir = tempDir();
    const { network, cast, renter, worker } = await setStage(dir.path);
    const inputs = Buffer.from('a tar, for all the network knows');
    const digest = `sha256:${createHash('sha256').update(inputs).digest('hex')}`;
    const headers = { authorization: `Bearer ${cast.renter.apiKey}` };
    const put = await fetch(`${network.url}${blobPath(digest)}`, { method: 'PUT', body: inputs, headers });
    expect(put.status).toBe(204);
    const spec = { ...TEST_SPEC, inputs: { digest, sizeBytes: inputs.length } };
    const job = await renter.jobs.create({ spec, idempotencyKey: 'the-first-job' });
    expect(job).toMatchObject({ state: 'queued', reason: 'No worker is online', heldMicro: 1_000_000 });

    await worker.connect(network.url);
    const leaseId = await onlyLease(worker, 'starting');
    expect(worker.leases.get(leaseId)?.inputs).toEqual(inputs);
    worker.logs.set(leaseId, 'line one\n');
    worker.running(leaseId);
    worker.usage(leaseId, 5_000);
    await until('the receipt to be acknowledged', () => worker.outbox.length === 0);
    expect(await renter.jobs.get({ id: job.id })).toMatchObject({ state: 'running', unfrozenMs: 5_000 });
    const chunk = await (await renter.jobs.log({ id: job.id })).next();
    expect(chunk.value).toEqual({ leaseId, offset: 0, text: 'line one\n' });

    await network.close();
    worker.logs.set(leaseId, 'line one\nline two é\n');
    worker.artifacts.set(leaseId, Buffer.from('results'));
    worker.ended(leaseId, { kind: 'exited', exitCode: 0 }, 10_000);

    await using again = await startTestNetwork(dir.path);
    const renterAgain = cloudFor(again.url, cast.renter.apiKey);
    await worker.connect(again.url);
    const finished = await ended(renterAgain, job.id);
    // 10 s at 0.36 credits an hour
    expect(finished).toMatchObject({ state: 'succeeded', exitCode: 0, chargedMicro: 1_000, heldMicro: 0, unfrozenMs: 10_000 });
    expect(finished.artifacts?.sizeBytes).toBe(7);
    const got = await fetch(`${again.url}${blobPath(finished.artifacts?.digest ?? '')}`, { headers });
    expect(await got.text()).toBe('results');

    await until('the invoice', () => worker.invoices.length === 1);
    const [sealed] = worker.invoices;
    expect(sealed?.invoice).toMatchObject({ chargeMicro: 1_000, feeMicro: 200, netMicro: 800, closeReason: 'exited', leaseEpoch: 1 });
    const info = await renterAgain.network();
    expect(verifySignature(info.publicKey, signatureContext.invoice, sealed?.invoice, sealed?.networkSignature ?? '')).toBe(true);
    await until('both ledgers to be compared', () => worker.compared.some(({ sealedLeases }) => sealedLeases === 1));

    const text: string[] = [];
    for await (const { text: part } of await renterAgain.jobs.log({ id: job.id })) text.push(part);
    expect(text.join('')).toBe('line one\nline two é\n');
    const { receipts, invoices } = await renterAgain.jobs.receipts({ id: job.id });
    expect(receipts.map(({ receipt }) => receipt.interval)).toEqual([1, 2]);
    expect(invoices).toHaveLength(1);
    for (const { receipt, workerSignature, networkSignature } of receipts) {
      const accepted = { receipt, workerSignature };
      expect(verifySignature(info.publicKey, signatureContext.receiptAccepted, accepted, networkSignature ?? '')).toBe(true);
    }

    expect((await renterAgain.accounts.me()).balance).toMatchObject({ availableMicro: 9_999_000, heldMicro: 0 });
    const ownerAgain = cloudFor(again.url, cast.owner.apiKey);
    expect((await ownerAgain.accounts.me()).balance).toMatchObject({ availableMicro: 0, pendingMicro: 800 });
  });

  test('the holdback goes to the owner when its time has come', async () => {
    using dir = tempDir();
    const { network, clock, renter, owner, worker } = await setStage(dir.path, { holdbackMs: 1 });
    await using _network = network;
    await worker.connect(network.url);
    await renter.jobs.create({ spec: TEST_SPEC, idempotencyKey: 'job-key-1' });
    const leaseId = await onlyLease(worker, 'starting');
    worker.running(leaseId);
    clock.advance(100_000);
    worker.ended(leaseId, { kind: 'exited', exitCode: 3 }, 100_000);
    await until('the owner to be paid', async () => (await owner.accounts.me()).balance.availableMicro === 8_000);
    expect((await owner.accounts.me()).balance).toMatchObject({ pendingMicro: 0, nextAvailableAtMs: null });
    const { items } = await renter.jobs.list({});
    expect(items[0]).toMatchObject({ state: 'failed', exitCode: 3, reason: 'The program exited with code 3' });
  });

  test('a yield is billed, and the job goes on as another attempt with what is left', async () => {
    using dir = tempDir();
    const { network, clock, renter, worker } = await setStage(dir.path);
    await using _network = network;
    await worker.connect(network.url);
    const { id } = await renter.jobs.create({ spec: TEST_SPEC, idempotencyKey: 'job-key-1' });
    const first = await onlyLease(worker, 'starting');
    worker.running(first);
    clock.advance(600_000);
    worker.ended(first, { kind: 'yielded' }, 600_000);
    const second = await onlyLease(worker, 'starting');
    expect(worker.leases.get(second)?.terms).toMatchObject({ leaseEpoch: 2, maxUnfrozenMs: 3_000_000 });
    expect(await renter.jobs.get({ id })).toMatchObject({ attempt: 2, chargedMicro: 60_000, heldMicro: 833_334 });
    worker.running(second);
    worker.ended(second, { kind: 'exited', exitCode: 0 }, 1_000);
    expect(await ended(renter, id)).toMatchObject({ state: 'succeeded', chargedMicro: 60_100, unfrozenMs: 601_000 });
    expect((await renter.accounts.me()).balance).toMatchObject({ availableMicro: 10_000_000 - 60_100, heldMicro: 0 });
  });

  test('a cancelled job is stopped on its worker and billed for what it used', async () => {
    using dir = tempDir();
    const { network, renter, worker } = await setStage(dir.path);
    await using _network = network;
    await worker.connect(network.url);
    const { id } = await renter.jobs.create({ spec: TEST_SPEC, idempotencyKey: 'job-key-1' });
    const leaseId = await onlyLease(worker, 'starting');
    worker.running(leaseId);
    await until('the job to run', async () => (await renter.jobs.get({ id })).state === 'running');
    await renter.jobs.cancel({ id });
    await until('the worker to be told', () => worker.cancelled.includes(leaseId));
    worker.ended(leaseId, { kind: 'cancelled' }, 10_000);
    expect(await ended(renter, id)).toMatchObject({ state: 'cancelled', chargedMicro: 1_000, heldMicro: 0 });
  });

  test('a worker that went away loses its lease, billed to the last receipt, and is told when it is back', async () => {
    using dir = tempDir();
    const { network, clock, renter, worker } = await setStage(dir.path, { lostAfterMs: 50, maxFailedAttempts: 1 });
    await using _network = network;
    await worker.connect(network.url);
    const { id } = await renter.jobs.create({ spec: TEST_SPEC, idempotencyKey: 'job-key-1' });
    const leaseId = await onlyLease(worker, 'starting');
    worker.running(leaseId);
    clock.advance(20_000);
    worker.usage(leaseId, 20_000);
    await until('the receipt to be acknowledged', () => worker.outbox.length === 0);
    worker.disconnect();
    expect(await ended(renter, id)).toMatchObject({
      state: 'failed',
      chargedMicro: 2_000,
      reason: 'Given up after 1 attempt; the last one ended because the worker went away',
    });
    worker.usage(leaseId, 900_000);
    await worker.connect(network.url);
    await until('the invoice', () => worker.invoices.length === 1);
    expect(worker.invoices[0]?.invoice).toMatchObject({ closeReason: 'agent-lost', chargeMicro: 2_000 });
    await until('the late receipt to be done with', () => worker.outbox.length === 0);
    expect(worker.acks.at(-1)?.cosignatures).toEqual([]);
    expect((await renter.jobs.get({ id })).chargedMicro).toBe(2_000);
  });

  test('a worker that no longer knows its lease has lost it', async () => {
    using dir = tempDir();
    const { network, renter, worker } = await setStage(dir.path, { unknownLeaseGraceMs: 50, maxFailedAttempts: 1 });
    await using _network = network;
    await worker.connect(network.url);
    const { id } = await renter.jobs.create({ spec: TEST_SPEC, idempotencyKey: 'job-key-1' });
    const leaseId = await onlyLease(worker, 'starting');
    worker.running(leaseId);
    await until('the job to run', async () => (await renter.jobs.get({ id })).state === 'running');
    worker.offers = [];
    worker.leases.clear();
    expect(await ended(renter, id)).toMatchObject({ state: 'failed', chargedMicro: 0 });
  });

  test('a refusing device is left alone, and the job waits for another chance', async () => {
    using dir = tempDir();
    const { network, renter, worker } = await setStage(dir.path, { refusalCooldownMs: 60_000 });
    await using _network = network;
    worker.refusal = { code: 'device-busy', detail: 'busy' };
    await worker.connect(network.url);
    const { id } = await renter.jobs.create({ spec: TEST_SPEC, idempotencyKey: 'job-key-1' });
    await until('the refusal', async () => {
      const job = await renter.jobs.get({ id });
      return job.state === 'queued' && job.leaseId !== null;
    });
    const { leaseId } = await renter.jobs.get({ id });
    worker.refusal = null;
    worker.offers = [{ ...WORKER_OFFER, microPerHour: 100_000 }];
    const granted = await onlyLease(worker, 'starting');
    expect(granted).not.toBe(leaseId);
    expect(await renter.jobs.get({ id })).toMatchObject({ state: 'starting', attempt: 1, heldMicro: 1_000_000 });
    expect((await renter.jobs.receipts({ id })).invoices).toEqual([]);
  });
});

describe('a session', () => {
  test('that breaks the contract is closed, and the network goes on', async () => {
    using dir = tempDir();
    const { network, owner, worker } = await setStage(dir.path);
    await using _network = network;
    worker.poison = { seq: 'one', kind: 'usage' };
    await worker.connect(network.url);
    await until('the session to be closed', () => !worker.isConnected());
    expect((await owner.workers.list()).items[0]?.online).toBe(false);
    worker.poison = null;
    await worker.connect(network.url);
    await until('the worker to be online', async () => (await owner.workers.list()).items[0]?.online);
  });

  test('is refused to who does not hold the key of the worker', async () => {
    using dir = tempDir();
    const { network, owner, worker } = await setStage(dir.path);
    await using _network = network;
    const impostor = new ScriptedWorker();
    await impostor.enrol(network.url, (await owner.workers.token()).token);
    impostor.id = worker.id;
    await expect(impostor.connect(network.url)).rejects.toThrow();
  });

  test('is replaced by a newer one of the same worker', async () => {
    using dir = tempDir();
    const { network, owner, worker } = await setStage(dir.path);
    await using _network = network;
    await worker.connect(network.url);
    const older = worker.isConnected.bind(worker);
    expect(older()).toBe(true);
    await worker.connect(network.url);
    await until('the worker to offer', async () => (await owner.workers.list()).items[0]?.offers.length === 1);
    expect(worker.isConnected()).toBe(true);
  });
});

describe('a network', () => {
  test('does not wait for who is refused and never hangs up', async () => {
    using dir = tempDir();
    const network = await startTestNetwork(dir.path);
    const { hostname, port } = new URL(network.url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    socket.write('GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toContain('404');
    await network.close();
    socket.destroy();
  });

  test('does not share its data directory or its port', async () => {
    using dir = tempDir();
    using other = tempDir();
    await using network = await startTestNetwork(dir.path);
    await expect(startTestNetwork(dir.path)).rejects.toMatchObject({ problem: { code: 'already-running' } });
    const { startNetwork } = await import('./network.ts');
    const { systemClock } = await import('../lib/clock.ts');
    const { pino } = await import('pino');
    const settings = { dataDir: other.path, host: '127.0.0.1', logger: pino({ level: 'silent' }), clock: systemClock };
    const port = Number(new URL(network.url).port);
    await expect(startNetwork({ ...settings, port })).rejects.toMatchObject({ problem: { code: 'port-in-use' } });
    await (await startNetwork({ ...settings, port: 0 })).close();
  });
});
