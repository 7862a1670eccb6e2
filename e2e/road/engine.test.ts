import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withAgent } from '../../src/cli/agent-client.ts';
import { startDockerd } from '../../src/cli/setup/dockerd.ts';
import { findProgram } from '../../src/cli/setup/engine-facts.ts';
import { probeEngine } from '../../src/cli/setup/engine-probe.ts';
import { audit } from './audit.ts';
import { smallJob, startMachine } from './machine.ts';
import { buildSmallImage } from './small-image.ts';

/** An engine of our own that may die: it shares nothing with the machine's. */
const folder = mkdtempSync(join(tmpdir(), 'nightshift-engine-'));
const socketPath = join(folder, 'docker.sock');
let daemon: AsyncDisposable | null = null;
const machineEngine = process.env.DOCKER_HOST;

async function startEngine(): Promise<void> {
  const args = [
    ...['--host', `unix://${socketPath}`, '--pidfile', join(folder, 'docker.pid'), '--data-root', join(folder, 'data')],
    ...['--exec-root', join(folder, 'exec'), '--bridge=none', '--iptables=false'],
  ];
  const start = await startDockerd(findProgram('dockerd') ?? 'dockerd', args, () => probeEngine(socketPath), new AbortController().signal);
  if (start.kind !== 'answers') throw new Error(start.detail);
  daemon = start.daemon;
}

beforeAll(async () => {
  process.env.DOCKER_HOST = `unix://${socketPath}`; // for this process and the agent it starts
  await startEngine();
});
afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]();
  if (machineEngine === undefined) delete process.env.DOCKER_HOST;
  else process.env.DOCKER_HOST = machineEngine;
  rmSync(folder, { recursive: true, force: true });
});

it('says what to do when the engine vanishes in the middle of a job, and finishes the job when it is back', async () => {
  const image = await buildSmallImage();
  await using machine = await startMachine({ networkArgs: ['--receipt-interval', '400'] });
  await withAgent(machine.home, (agent) => agent.settings.set({ key: 'presence.dedicated', value: true }));
  const { id } = await machine.client.jobs.create({ spec: smallJob(image, { env: { RUN_MS: '6000' } }), idempotencyKey: randomUUID() });
  await machine.untilState('running', (state) => state.leases.some((lease) => lease.step === 'running' && lease.unfrozenMs > 1_000));

  await daemon?.[Symbol.asyncDispose]();
  const without = await machine.untilState('without an engine', (state) => state.sandbox.engine.kind === 'missing');
  const { engine } = without.sandbox;
  expect(engine.kind === 'missing' && engine.fix).toMatch(/docker/i);

  await startEngine();
  const job = await machine.untilEnded(id);
  expect(job, job.reason ?? '').toMatchObject({ state: 'succeeded', attempt: 2 });
  await machine.untilState('settled', (state) => state.leases.length === 0 && state.earnings.recent.every((lease) => lease.sealed));
  await expect.poll(() => audit(machine.home.root), { timeout: 10_000 }).toEqual([]); // the wipe follows the seal
  expect(await machine.leftovers()).toEqual([]);
}, 180_000);
