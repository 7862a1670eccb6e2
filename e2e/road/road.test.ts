import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { withAgent } from '../../src/cli/agent-client.ts';
import { cloudClient } from '../../src/cli/cloud-client.ts';
import { fetchArtifacts } from '../../src/cli/job/submit.ts';
import { chargeMicro } from '../../src/contract/model/money.ts';
import { ProblemError } from '../../src/contract/model/problem.ts';
import { tempFolder } from '../../src/lib/testing/temp-folder.ts';
import { audit } from './audit.ts';
import { type Machine, smallJob, startMachine } from './machine.ts';
import { buildSmallImage } from './small-image.ts';

let image: string;
let machine: Machine;
const never = new AbortController().signal;
const submit = (over = {}) => machine.client.jobs.create({ spec: smallJob(image, over), idempotencyKey: randomUUID() });
const dedicated = (value: boolean) => withAgent(machine.home, (agent) => agent.settings.set({ key: 'presence.dedicated', value }));

beforeAll(async () => {
  vi.stubEnv('WAYLAND_DISPLAY', '/nowhere/wayland-0'); // a desktop that cannot be looked at
  image = await buildSmallImage();
  machine = await startMachine({ networkArgs: ['--receipt-interval', '400'] });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  const left = await machine.leftovers();
  await machine[Symbol.asyncDispose]();
  expect(left).toEqual([]);
});

describe('the road from order to pay', () => {
  it('does not start a job while it cannot tell whether the owner is here, and tells both sides why', async () => {
    const job = await submit();
    const state = await machine.untilState('waiting', (each) => each.session.kind === 'online');
    expect(state.presence.reasons.map((each) => each.code)).toContain('input-unknown');
    expect(state.leases).toEqual([]);
    await expect
      .poll(async () => (await machine.client.jobs.get({ id: job.id })).reason)
      .toMatch(/1 worker is online, its owner may be using it/);
    await machine.client.jobs.cancel({ id: job.id });
    expect((await machine.client.accounts.me()).balance.heldMicro).toBe(0);
  });

  it('runs one job at the word of the owner, pays it, and goes back to automatic', async () => {
    const before = (await machine.client.accounts.me()).balance.availableMicro;
    await withAgent(machine.home, (agent) => agent.presence.runNow());
    const { id } = await submit();
    const job = await machine.untilEnded(id);
    expect(job).toMatchObject({ state: 'succeeded', exitCode: 0, attempt: 1 });
    expect(job.unfrozenMs).toBeGreaterThan(1_000);

    const { receipts, invoices } = await machine.client.jobs.receipts({ id });
    expect(receipts.length).toBeGreaterThanOrEqual(3);
    const [signed] = invoices;
    expect(signed?.invoice.chargeMicro).toBe(job.chargedMicro);

    const state = await machine.untilState(
      'paid',
      (each) => each.earnings.recent.some((lease) => lease.jobId === id && lease.sealed) && each.leases.length === 0,
    );
    const mine = state.earnings.recent.find((lease) => lease.jobId === id);
    expect(mine?.netMicro).toBe(signed?.invoice.netMicro);
    expect(state.presence.mode.kind).toBe('automatic');
    const checked = await withAgent(machine.home, (agent) => agent.earnings.receipts({ leaseId: mine?.leaseId ?? '' }));
    expect(checked.receipts.every((each) => each.workerSignatureValid && each.networkSignatureValid)).toBe(true);
    expect(checked.invoice?.valid).toBe(true);
    const compared = await machine.untilState('compared', (each) => each.earnings.reconciliation?.ownMicro === each.earnings.pendingMicro);
    expect(compared.earnings.reconciliation?.equal).toBe(true);

    const { balance } = await machine.client.accounts.me();
    expect(balance).toMatchObject({ availableMicro: before - job.chargedMicro, heldMicro: 0 });
    const out = tempFolder();
    await fetchArtifacts(machine.renter, job, out, never);
    expect(readFileSync(join(out, 'result.txt'), 'utf8')).toMatch(/^counted to \d+$/);
    let log = '';
    for await (const chunk of await machine.client.jobs.log({ id, offset: 0 })) log += chunk.text;
    expect(log).toContain('count 10\n');
  });

  it('freezes when the owner pauses, does not bill that time, and goes on when the owner resumes', async () => {
    await dedicated(true);
    const { id } = await submit({ env: { RUN_MS: '3000' } });
    await machine.untilState('running', (state) =>
      state.leases.some((lease) => lease.jobId === id && lease.step === 'running' && lease.unfrozenMs > 500),
    );
    await withAgent(machine.home, (agent) => agent.presence.pause({ kind: 'for', ms: 3_600_000 }));
    const frozen = await machine.untilState('frozen', (state) => state.leases.some((lease) => lease.step === 'frozen'));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const later = await machine.state();
    expect(later.leases[0]?.unfrozenMs).toBe(frozen.leases[0]?.unfrozenMs);
    await withAgent(machine.home, (agent) => agent.presence.resume());
    const job = await machine.untilEnded(id);
    expect(job.state).toBe('succeeded');
    // the job counts wall time, so being frozen for 2 s shortens what it runs; what it is billed is what it ran
    expect(job.unfrozenMs).toBeLessThan(2_500);
  });

  it('says with what code a job failed, and bills what it used', async () => {
    const { id } = await submit({ env: { EXIT_CODE: '3' } });
    expect(await machine.untilEnded(id)).toMatchObject({ state: 'failed', exitCode: 3 });
    expect((await machine.client.jobs.get({ id })).chargedMicro).toBeGreaterThan(0);
  });

  it('stops a job at its funded time, by the worker alone', async () => {
    const { id } = await submit({ env: { RUN_MS: '30000' }, timeLimitMs: 1_500 });
    const job = await machine.untilEnded(id);
    expect(job.state).toBe('timed-out');
    expect(job.unfrozenMs).toBe(1_500);
    expect(job.chargedMicro).toBe(chargeMicro(1_500, 50_000));
    expect(job.heldMicro).toBe(0);
  });

  it('names the output that a job did not leave', async () => {
    const { id } = await submit({ env: { SKIP_OUTPUT: '1' } });
    const job = await machine.untilEnded(id);
    expect(job.state).toBe('failed');
    expect(job.reason).toContain('result.txt');
  });

  it('refuses an image that the engine does not know, in one sentence, and charges nothing', async () => {
    const { id } = await submit({ image: `sha256:${'ab'.repeat(32)}` });
    const job = await machine.untilEnded(id);
    expect(job).toMatchObject({ state: 'failed', chargedMicro: 0 });
    expect(job.reason).toMatch(/image/i);
  });

  it('holds nothing when there are not enough credits, and says how many there are', async () => {
    const tooMuch = submit({ maxMicroPerHour: 9_000_000_000, timeLimitMs: 3_600_000 });
    await expect(tooMuch).rejects.toThrow(ProblemError);
    await expect(tooMuch).rejects.toMatchObject({ problem: { code: 'insufficient-credits', status: 402 } });
    expect((await machine.client.accounts.me()).balance.heldMicro).toBe(0);
  });

  it('does not give a stopped job back to the owner who stopped it', async () => {
    const { id } = await submit({ env: { RUN_MS: '30000' } });
    const running = await machine.untilState('running', (state) =>
      state.leases.some((lease) => lease.jobId === id && lease.step === 'running' && lease.unfrozenMs > 0),
    );
    await withAgent(machine.home, (agent) => agent.leases.stop({ leaseId: running.leases[0]?.leaseId ?? '' }));
    await machine.untilState(
      'stopped',
      (state) => state.leases.length === 0 && state.earnings.recent.some((lease) => lease.jobId === id && lease.sealed),
    );
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect((await machine.state()).leases).toEqual([]);
    const job = await machine.client.jobs.get({ id });
    expect(job.state).toBe('queued');
    expect(job.reason).toMatch(/stopped/);
    await machine.client.jobs.cancel({ id });
  });

  it('cancels a running job for its renter and bills only what it used', async () => {
    const { id } = await submit({ env: { RUN_MS: '30000' } });
    await machine.untilState('running', (state) =>
      state.leases.some((lease) => lease.jobId === id && lease.step === 'running' && lease.unfrozenMs > 0),
    );
    await machine.client.jobs.cancel({ id });
    const job = await machine.untilEnded(id);
    expect(job.state).toBe('cancelled');
    expect(job.unfrozenMs).toBeLessThan(15_000);
  });

  it("keeps strangers out of the renter's API", async () => {
    await expect(cloudClient(machine.renter.networkUrl, 'key_wrong').jobs.list({})).rejects.toMatchObject({
      problem: { code: 'unauthorized' },
    });
  });

  it('leaves both ledgers equal to the micro-credit', async () => {
    await machine.untilState('settled', (state) => state.leases.length === 0 && state.earnings.recent.every((lease) => lease.sealed));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(audit(machine.home.root)).toEqual([]);
  });
});
