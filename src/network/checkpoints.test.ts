import { createHash } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JobSpec } from '../contract/model/job.ts';
import { cloudFor, startTestNetwork, TEST_SPEC } from './testing/network.ts';
import { ended, onlyLease, setStage } from './testing/stage.ts';
import { tempDir } from './testing/temp-dir.ts';
import { until } from './testing/until.ts';

const SPEC: JobSpec = { ...TEST_SPEC, checkpoint: { intervalMs: 1_000, graceMs: 0 } };
const refOf = (text: string) => ({ digest: `sha256:${createHash('sha256').update(text).digest('hex')}`, sizeBytes: text.length });
const filesIn = (dataDir: string): readonly string[] =>
  readdirSync(join(dataDir, 'network', 'checkpoints')).filter((name) => name.endsWith('.tar'));

/** A job whose attempts the test interrupts, each with what it has saved (null: nothing). Returns the lease of each next attempt. */
async function interruptibleJob(dataDir: string, options: Parameters<typeof setStage>[1] = {}) {
  const stage = await setStage(dataDir, options);
  const { network, renter, worker } = stage;
  await worker.connect(network.url);
  const { id } = await renter.jobs.create({ spec: SPEC, idempotencyKey: 'job-key-1' });
  const first = await onlyLease(worker, 'starting');
  const interrupt = (leaseId: string, saved: string | null): void => {
    if (saved !== null) worker.checkpoints.set(leaseId, Buffer.from(saved));
    worker.running(leaseId);
    worker.ended(leaseId, { kind: 'yielded' }, 1_000);
  };
  return { ...stage, id, first, interrupt };
}

describe('a job that was interrupted', () => {
  test('goes on from what it had saved, again and again, and leaves nothing when it has ended', async () => {
    using dir = tempDir();
    const { network, renter, worker, id, first, interrupt } = await interruptibleJob(dir.path);
    await using _network = network;
    expect(worker.leases.get(first)?.terms.checkpoint).toBeNull();
    expect(await renter.jobs.get({ id })).toMatchObject({ checkpoint: null, interruption: null });

    interrupt(first, 'after one');
    const second = await onlyLease(worker, 'starting');
    expect(worker.leases.get(second)?.terms.checkpoint).toEqual(refOf('after one'));
    expect(worker.leases.get(second)?.checkpoint?.toString()).toBe('after one');
    const job = await renter.jobs.get({ id });
    expect(job).toMatchObject({ attempt: 2, checkpoint: refOf('after one') });
    expect(job.interruption).toBe('Attempt 1 was interrupted: the owner of the worker took the machine back');
    expect(filesIn(dir.path)).toEqual([`${first}.tar`]);

    interrupt(second, 'after two');
    const third = await onlyLease(worker, 'starting');
    expect(worker.leases.get(third)?.checkpoint?.toString()).toBe('after two');
    await until('the older one to be removed', () => filesIn(dir.path).join() === `${second}.tar`);

    interrupt(third, null);
    const fourth = await onlyLease(worker, 'starting');
    expect(worker.leases.get(fourth)?.checkpoint?.toString()).toBe('after two');

    worker.checkpoints.set(fourth, Buffer.from('of no use'));
    worker.running(fourth);
    worker.ended(fourth, { kind: 'exited', exitCode: 0 }, 1_000);
    expect(await ended(renter, id)).toMatchObject({ state: 'succeeded', checkpoint: null });
    await until('nothing to be left', () => filesIn(dir.path).length === 0);
  });

  test('goes on from it although the network ended before it had fetched it', async () => {
    using dir = tempDir();
    const { network, cast, worker, id, first, interrupt } = await interruptibleJob(dir.path);
    await network.close();
    interrupt(first, 'saved meanwhile');
    await using again = await startTestNetwork(dir.path);
    await worker.connect(again.url);
    const second = await onlyLease(worker, 'starting');
    expect(worker.leases.get(second)?.checkpoint?.toString()).toBe('saved meanwhile');
    expect(await cloudFor(again.url, cast.renter.apiKey).jobs.get({ id })).toMatchObject({ attempt: 2 });
  });

  test.each([
    ['is not what its worker announced', refOf('after two'), 'after tw0'],
    ['is larger than the disk of the job', { ...refOf('after two'), sizeBytes: SPEC.diskBytes + 1 }, 'after two'],
    ['is shorter than announced', { ...refOf('after two'), sizeBytes: 500 }, 'after two'],
  ])('goes on from the older one where the newer %s', async (_what, announced, served) => {
    using dir = tempDir();
    const { network, worker, first, interrupt } = await interruptibleJob(dir.path, { lostAfterMs: 600 });
    await using _network = network;
    interrupt(first, 'after one');
    const second = await onlyLease(worker, 'starting');
    interrupt(second, served);
    const record = worker.outbox.at(-1);
    if (record?.kind === 'result') record.result.checkpoint = announced;
    const third = await onlyLease(worker, 'starting');
    expect(worker.leases.get(third)?.checkpoint?.toString()).toBe('after one');
    expect(filesIn(dir.path)).toEqual([`${first}.tar`]);
  });

  test('leaves nothing when it is cancelled while it waits', async () => {
    using dir = tempDir();
    const { network, renter, worker, id, first, interrupt } = await interruptibleJob(dir.path);
    await using _network = network;
    worker.offers = [];
    interrupt(first, 'after one');
    await until('the job to wait', async () => (await renter.jobs.get({ id })).state === 'queued');
    expect(filesIn(dir.path)).toEqual([`${first}.tar`]);
    await renter.jobs.cancel({ id });
    expect(filesIn(dir.path)).toEqual([]);
    expect(await renter.jobs.get({ id })).toMatchObject({ state: 'cancelled', checkpoint: null });
  });
});

test('what a crash left of checkpoints that no job needs is removed at the start', async () => {
  using dir = tempDir();
  const { network, worker, first, interrupt } = await interruptibleJob(dir.path);
  worker.offers = [];
  interrupt(first, 'after one');
  await until('the checkpoint', () => filesIn(dir.path).length === 1 && worker.invoices.length === 1);
  await network.close();
  writeFileSync(join(dir.path, 'network', 'checkpoints', 'lea_superseded.tar'), 'old');
  writeFileSync(join(dir.path, 'network', 'checkpoints', 'tmp', 'half'), 'half');
  await using _again = await startTestNetwork(dir.path);
  expect(filesIn(dir.path)).toEqual([`${first}.tar`]);
  expect(readdirSync(join(dir.path, 'network', 'checkpoints', 'tmp'))).toEqual([]);
});
