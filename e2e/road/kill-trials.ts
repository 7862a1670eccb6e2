import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { seeded } from '../../src/lib/testing/seeded.ts';
import { audit, type Violation } from './audit.ts';
import { type Machine, smallJob, startMachine } from './machine.ts';

export interface KillReport {
  readonly trials: number;
  readonly killed: { readonly agent: number; readonly network: number };
  /** In which step of the worker, or state of the job, the kills fell. */
  readonly fellIn: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
  readonly leftovers: readonly string[];
  readonly notSucceeded: readonly string[];
}

/**
 * Submits jobs one after the other and, at a uniformly random time between submit and seal, kills the agent or the network with
 * SIGKILL from another process, starts it again, and waits until the job is paid. Then reads both databases with `audit.sql`.
 */
export async function killTrials(trials: number, seed: number, image: string, say: (line: string) => void): Promise<KillReport> {
  const random = seeded(seed);
  await using machine = await startMachine({ networkArgs: ['--receipt-interval', '300'] });
  await setDedicated(machine);
  const spanMs = await measureSpan(machine, image);
  say(`seed ${seed}; a job takes ${Math.round(spanMs)} ms from submit to seal`);
  const killed = { agent: 0, network: 0 };
  const fellIn: Record<string, number> = {};
  const notSucceeded: string[] = [];
  for (let trial = 1; trial <= trials; trial++) {
    const victim = random() < 0.5 ? 'agent' : 'network';
    const atMs = random() * spanMs;
    const submittedMs = performance.now();
    const { id } = await submit(machine, image);
    await sleep(Math.max(0, atMs - (performance.now() - submittedMs)));
    const where = await whereItIs(machine, id);
    await machine.killAndRestart(victim);
    killed[victim] += 1;
    fellIn[where] = (fellIn[where] ?? 0) + 1;
    const job = await machine.untilEnded(id);
    if (job.state !== 'succeeded') notSucceeded.push(`${id}: ${job.state}: ${job.reason}`);
    say(
      `${trial}/${trials} ${victim} killed at ${Math.round(atMs)} ms (${where}): ${job.state}, attempt ${job.attempt}, ${job.chargedMicro} micro-credits`,
    );
  }
  await settled(machine);
  return { trials, killed, fellIn, violations: audit(machine.home.root), leftovers: await machine.leftovers(), notSucceeded };
}

const submit = (machine: Machine, image: string): Promise<{ id: string }> =>
  machine.client.jobs.create({ spec: smallJob(image), idempotencyKey: randomUUID() });

async function setDedicated(machine: Machine): Promise<void> {
  const { withAgent } = await import('../../src/cli/agent-client.ts');
  await withAgent(machine.home, (agent) => agent.settings.set({ key: 'presence.dedicated', value: true }));
}

/** From submit to the seal on the worker, undisturbed. */
async function measureSpan(machine: Machine, image: string): Promise<number> {
  const startedMs = performance.now();
  const { id } = await submit(machine, image);
  await machine.untilEnded(id);
  await settled(machine);
  return performance.now() - startedMs;
}

/** Every lease sealed and wiped at the worker, nothing left in its outbox. */
async function settled(machine: Machine): Promise<void> {
  await machine.untilState(
    'settled',
    (state) => state.leases.length === 0 && state.earnings.recent.every((lease) => lease.sealed) && state.session.kind === 'online',
  );
  const deadlineMs = performance.now() + 20_000;
  while (audit(machine.home.root).length > 0 && performance.now() < deadlineMs) await sleep(200);
}

async function whereItIs(machine: Machine, jobId: string): Promise<string> {
  const [lease] = (await machine.state()).leases.filter((each) => each.jobId === jobId);
  if (lease) return lease.step;
  return (await machine.client.jobs.get({ id: jobId })).state;
}
