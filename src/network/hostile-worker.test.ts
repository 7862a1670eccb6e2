import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { blobPath } from '../contract/cloud-api.ts';
import { cloudFor, TEST_SPEC } from './testing/network.ts';
import { WORKER_OFFER } from './testing/offer.ts';
import { ended, onlyLease, setStage } from './testing/stage.ts';
import { tempDir } from './testing/temp-dir.ts';
import { until } from './testing/until.ts';

describe('a hostile worker', () => {
  test('is not paid for more time than has passed since the grant', async () => {
    using dir = tempDir();
    const { network, renter, worker } = await setStage(dir.path);
    await using _network = network;
    await worker.connect(network.url);
    const { id } = await renter.jobs.create({ spec: TEST_SPEC, idempotencyKey: 'job-key-1' });
    const leaseId = await onlyLease(worker, 'starting');
    worker.running(leaseId);
    worker.usage(leaseId, 5_000);
    worker.ended(leaseId, { kind: 'exited', exitCode: 0 }, 3_600_000);
    expect(await ended(renter, id)).toMatchObject({ unfrozenMs: 5_000, chargedMicro: 500 });
  });

  test('is given no job for a device it has not enrolled', async () => {
    using dir = tempDir();
    const { network, renter, owner, worker } = await setStage(dir.path);
    await using _network = network;
    worker.offers = [{ ...WORKER_OFFER, deviceId: 'gpu7', microPerHour: 0 }, { ...WORKER_OFFER, deviceClass: 'gpu' }, WORKER_OFFER];
    await worker.connect(network.url);
    await until('the offers', async () => (await owner.workers.list()).items[0]?.offers.length === 1);
    expect((await renter.offers.list()).items).toEqual([WORKER_OFFER]);
  });

  test('does not open the blob of another account to the renter of its job', async () => {
    using dir = tempDir();
    const { network, cast, renter, worker } = await setStage(dir.path, { lostAfterMs: 300, maxFailedAttempts: 1 });
    await using _network = network;
    const secret = 'what another renter has put here';
    const digest = `sha256:${createHash('sha256').update(secret).digest('hex')}`;
    const operator = cloudFor(network.url, cast.operatorKey);
    const { apiKey } = await operator.accounts.create({ kind: 'renter', name: 'Victim' });
    await fetch(network.url + blobPath(digest), { method: 'PUT', body: secret, headers: { authorization: `Bearer ${apiKey}` } });

    await worker.connect(network.url);
    const { id } = await renter.jobs.create({ spec: TEST_SPEC, idempotencyKey: 'job-key-1' });
    const leaseId = await onlyLease(worker, 'starting');
    worker.running(leaseId);
    worker.ended(leaseId, { kind: 'exited', exitCode: 0 }, 1_000);
    const record = worker.outbox.at(-1);
    if (record?.kind === 'result') record.result.artifacts = { digest, sizeBytes: secret.length };
    expect(await ended(renter, id)).toMatchObject({ state: 'failed', artifacts: null });
    const got = await fetch(network.url + blobPath(digest), { headers: { authorization: `Bearer ${cast.renter.apiKey}` } });
    expect(got.status).toBe(404);
  });

  test('does not succeed without the outputs that the job asks for', async () => {
    using dir = tempDir();
    const { network, renter, worker } = await setStage(dir.path);
    await using _network = network;
    await worker.connect(network.url);
    const { id } = await renter.jobs.create({ spec: { ...TEST_SPEC, outputs: ['model.json'] }, idempotencyKey: 'job-key-1' });
    const leaseId = await onlyLease(worker, 'starting');
    worker.running(leaseId);
    worker.ended(leaseId, { kind: 'exited', exitCode: 0 }, 1_000);
    expect(await ended(renter, id)).toMatchObject({
      state: 'failed',
      reason: 'The program ended well, but its outputs could not be brought back: the worker sent none',
    });
  });

  test('that takes no inputs in does not keep a cancel waiting', async () => {
    using dir = tempDir();
    const { network, cast, renter, worker } = await setStage(dir.path, { startDeadlineMs: 2_000 });
    await using _network = network;
    const digest = `sha256:${createHash('sha256').update('inputs').digest('hex')}`;
    const headers = { authorization: `Bearer ${cast.renter.apiKey}` };
    await fetch(network.url + blobPath(digest), { method: 'PUT', body: 'inputs', headers });
    worker.stallsInputs = true;
    await worker.connect(network.url);
    const spec = { ...TEST_SPEC, inputs: { digest, sizeBytes: 6 } };
    const { id } = await renter.jobs.create({ spec, idempotencyKey: 'job-key-1' });
    const leaseId = await onlyLease(worker, 'granted');
    await until('the job to start', async () => (await renter.jobs.get({ id })).state === 'starting');
    await renter.jobs.cancel({ id });
    await until('the worker to be told', () => worker.cancelled.includes(leaseId));
    expect(await ended(renter, id)).toMatchObject({ state: 'cancelled', chargedMicro: 0, heldMicro: 0 });
  });
});
