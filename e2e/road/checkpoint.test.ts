import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { withAgent } from '../../src/cli/agent-client.ts';
import { fetchArtifacts } from '../../src/cli/job/submit.ts';
import type { Job } from '../../src/contract/model/job.ts';
import type { LiveLease } from '../../src/contract/worker-api.ts';
import { tempFolder } from '../../src/lib/testing/temp-folder.ts';
import { joinWorker, type Machine, run, smallJob, startMachine, type Worker } from './machine.ts';
import { buildSmallImage } from './small-image.ts';

/** Counts between two saves; and what may be counted between our last look at the log and the job's end on a slow machine. */
const INTERVAL_COUNTS = 10;
const SLACK_COUNTS = 5;

let image: string;
let machine: Machine;
let second: Worker | null = null;

const submit = (env: Record<string, string>): Promise<Job> =>
  machine.client.jobs.create({
    spec: smallJob(image, {
      command: ['node', '/app/counting.mjs'],
      env,
      checkpoint: { intervalMs: 1_000, graceMs: 0 },
      timeLimitMs: 120_000,
    }),
    idempotencyKey: randomUUID(),
  });

/** Nobody sits there, and what other tests do on this machine interrupts no job. */
const dedicate = (worker: Worker): Promise<void> =>
  withAgent(worker.home, async (agent) => {
    await agent.settings.set({ key: 'presence.dedicated', value: true });
    await agent.settings.set({ key: 'presence.cpuByOthersShare', value: 1 });
  });

const counted = (lease: LiveLease | undefined): number => Number(/count (\d+)/.exec(lease?.logTail.at(-1) ?? '')?.[1] ?? 0);
/** Waits until this worker's job has counted so far; returns the count as it is then. */
async function untilCounted(worker: Worker, count: number): Promise<{ readonly count: number; readonly leaseId: string }> {
  const state = await worker.untilState(
    `counted to ${count}`,
    ({ leases }) => leases[0]?.step === 'running' && counted(leases[0]) >= count,
  );
  const [lease] = state.leases;
  return { count: counted(lease), leaseId: lease?.leaseId ?? '' };
}

const untilNextAttempt = (id: string, attempt: number): Promise<Job> =>
  machine.untilJob(id, `began attempt ${attempt}`, (job) => job.attempt === attempt);

async function resultOf(id: string): Promise<{ readonly count: number; readonly began: readonly number[] }> {
  const job = await machine.untilEnded(id);
  expect(job, job.reason ?? '').toMatchObject({ state: 'succeeded', checkpoint: null });
  const out = tempFolder();
  await fetchArtifacts(machine.renter, job, out, new AbortController().signal);
  return z.object({ count: z.int(), began: z.array(z.int()) }).parse(JSON.parse(readFileSync(join(out, 'result.txt'), 'utf8')));
}

const checkpointFiles = (): readonly string[] =>
  readdirSync(join(machine.home.networkDir, 'checkpoints')).filter((name) => name.endsWith('.tar'));
const isSettled = (worker: Worker): Promise<unknown> =>
  worker.untilState('settled', ({ leases, earnings }) => leases.length === 0 && earnings.recent.every((lease) => lease.sealed));

beforeAll(async () => {
  image = await buildSmallImage();
  machine = await startMachine({ networkArgs: ['--receipt-interval', '400'] });
  await dedicate(machine);
  await withAgent(machine.home, (agent) => agent.settings.set({ key: 'presence.evictAfterMs', value: 1_000 }));
});
afterAll(async () => {
  const left = [...(await machine.leftovers()), ...((await second?.leftovers()) ?? [])];
  await second?.[Symbol.asyncDispose]();
  await machine[Symbol.asyncDispose]();
  expect(left).toEqual([]);
});

describe('a job that saves its state', () => {
  it('goes on from it when the owner stayed, when the machine died, and on another worker', async () => {
    const { id } = await submit({ COUNT_TO: '110' });
    const reached: number[] = [];

    // The owner comes back and stays.
    reached.push((await untilCounted(machine, 25)).count);
    await withAgent(machine.home, (agent) => agent.presence.pause({ kind: 'for', ms: 3_600_000 }));
    const evicted = await untilNextAttempt(id, 2);
    expect(evicted.interruption).toBe('Attempt 1 was interrupted: the owner of the worker took the machine back');
    expect(evicted.checkpoint).toMatchObject({ digest: expect.stringMatching(/^sha256:/), sizeBytes: expect.any(Number) });
    expect(Date.now() - (evicted.checkpoint?.atMs ?? 0)).toBeLessThan(60_000);
    await withAgent(machine.home, (agent) => agent.presence.resume());

    // The power goes: agent, network and the job's container at once.
    const dying = await untilCounted(machine, 50);
    reached.push(dying.count);
    await Promise.all([machine.kill('network'), machine.kill('agent'), run('docker', ['kill', `nightshift-${dying.leaseId}`])]);
    await machine.restart('network');
    await machine.restart('agent');
    expect((await untilNextAttempt(id, 3)).checkpoint?.digest).not.toBe(evicted.checkpoint?.digest);

    // The owner stops it here, so it goes to another worker.
    const stopped = await untilCounted(machine, 75);
    reached.push(stopped.count);
    await withAgent(machine.home, (agent) => agent.leases.stop({ leaseId: stopped.leaseId }));
    await untilNextAttempt(id, 4);
    await expect.poll(checkpointFiles, { message: 'the older one goes once the newer counts' }).toEqual([`${stopped.leaseId}.tar`]);
    second = await joinWorker(machine);
    await dedicate(second);

    const { count, began } = await resultOf(id);
    expect(count).toBe(110);
    expect(began).toHaveLength(4);
    expect(began[0]).toBe(0);
    for (const [index, last] of reached.entries()) {
      expect(began[index + 1]).toBeGreaterThan(last - INTERVAL_COUNTS - SLACK_COUNTS);
      expect(began[index + 1]).toBeGreaterThan(began[index] ?? Number.NaN);
    }
    await Promise.all([isSettled(machine), isSettled(second)]);
    expect((await second.state()).earnings.recent.map((lease) => lease.jobId)).toEqual([id]);
    await expect.poll(checkpointFiles).toEqual([]);
    await withAgent(second.home, (agent) => agent.presence.pause({ kind: 'for', ms: 3_600_000 })); // the next jobs are for the first
  }, 240_000);

  it('goes on from the older one when the newer is hostile', async () => {
    const { id } = await submit({ COUNT_TO: '60', PLANT_AT: '25' });
    await untilCounted(machine, 12);
    await machine.agent().stop();
    await machine.restart('agent');
    const good = await untilNextAttempt(id, 2);
    expect(good.checkpoint).not.toBeNull();

    await untilCounted(machine, 35);
    await machine.agent().stop();
    await machine.restart('agent');
    expect((await untilNextAttempt(id, 3)).checkpoint).toEqual(good.checkpoint);

    const { count, began } = await resultOf(id);
    expect(count).toBe(60);
    expect(began).toHaveLength(2); // what the second attempt had saved was left aside, and with it that there was one
    expect(began[1]).toBeGreaterThanOrEqual(10);
    expect(began[1]).toBeLessThan(25);
    await isSettled(machine);
  }, 240_000);

  it('tells the owner how much of a stopped job would be lost', async () => {
    const { id } = await submit({ COUNT_TO: '400' });
    const state = await machine.untilState('saved', ({ leases }) => (leases[0]?.checkpoint?.savedMs ?? null) !== null);
    const [lease] = state.leases;
    expect(lease?.checkpoint?.intervalMs).toBe(1_000);
    expect(lease?.checkpoint?.savedMs).toBeGreaterThan(0);
    expect(lease?.checkpoint?.savedMs).toBeLessThanOrEqual(lease?.unfrozenMs ?? 0);
    await machine.client.jobs.cancel({ id });
    expect(await machine.untilEnded(id)).toMatchObject({ state: 'cancelled', checkpoint: null });
    await isSettled(machine);
  });
});
