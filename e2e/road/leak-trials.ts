import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import tar from 'tar-stream';
import { egressNamesOf } from '../../src/agent/sandbox/egress/egress-names.ts';
import { withAgent } from '../../src/cli/agent-client.ts';
import { blobPath } from '../../src/contract/cloud-api.ts';
import type { JobSpec } from '../../src/contract/model/job.ts';
import { seeded } from '../../src/lib/testing/seeded.ts';
import { placeForeignThings } from './foreign-things.ts';
import { type Machine, run, smallJob, startMachine } from './machine.ts';

/** What a job of a cycle has, each of which is something that could be left. */
const KINDS = ['plain', 'inputs', 'checkpoint', 'egress'] as const;
type Kind = (typeof KINDS)[number];

export interface LeakReport {
  readonly cycles: number;
  /** How many jobs of each kind were begun. */
  readonly kinds: Readonly<Record<Kind, number>>;
  /** In which step of the worker, or state of the job, the kills fell. */
  readonly fellIn: Readonly<Record<string, number>>;
  /** What was left in the engine or the kernel, after which cycle. */
  readonly leaked: readonly string[];
  /** What of other people's has changed. */
  readonly touched: readonly string[];
  readonly notSucceeded: readonly string[];
}

const RUN_MS = 700;
/** Containers never outlive the agent by more than 5 s: in every so many cycles it stays away longer, and finds what the watchdog has left. */
const LONG_EVERY = 5;
const LONG_MS = 6_000;
/** The wipe follows the seal; a loaded engine takes its time. */
const WIPED_WITHIN_MS = 20_000;

/**
 * In each cycle submits a job, kills the agent with SIGKILL at a uniformly random time between submit and seal, starts it again, waits until
 * the job is paid, and looks for what it has left. Foreign things that look like ours lie beside all the while.
 */
export async function leakTrials(cycles: number, seed: number, image: string, say: (line: string) => void): Promise<LeakReport> {
  const random = seeded(seed);
  await using foreign = await placeForeignThings();
  const before = await foreign.look();
  await using machine = await startMachine({ networkArgs: ['--receipt-interval', '300'] });
  await withAgent(machine.home, async (agent) => {
    await agent.settings.set({ key: 'presence.dedicated', value: true });
    await agent.settings.set({ key: 'network.egress', value: true });
  });
  const inputs = await putInputs(machine);
  const leaseIds = new Set<string>();
  const kinds: Record<Kind, number> = { plain: 0, inputs: 0, checkpoint: 0, egress: 0 };
  const fellIn: Record<string, number> = {};
  const leaked: string[] = [];
  const notSucceeded: string[] = [];
  const submit = (kind: Kind) => machine.client.jobs.create({ spec: specOf(kind, image, inputs), idempotencyKey: randomUUID() });

  const startedMs = performance.now();
  await machine.untilEnded((await submit('inputs')).id);
  await untilSealed(machine, leaseIds);
  const spanMs = performance.now() - startedMs;
  say(`seed ${seed}; a job takes ${Math.round(spanMs)} ms from submit to seal`);

  for (let cycle = 1; cycle <= cycles; cycle++) {
    const kind = KINDS[cycle % KINDS.length] ?? 'plain';
    const atMs = random() * spanMs;
    const { id } = await submit(kind);
    kinds[kind] += 1;
    await sleep(atMs);
    const where = await whereItIs(machine, id);
    await machine.kill('agent');
    if (cycle % LONG_EVERY === 0) await sleep(LONG_MS);
    await machine.restart('agent');
    fellIn[where] = (fellIn[where] ?? 0) + 1;
    const job = await machine.untilEnded(id);
    if (job.state !== 'succeeded') notSucceeded.push(`${kind} ${id}: ${job.state}: ${job.reason}`);
    await untilSealed(machine, leaseIds);
    const left = await untilNothing(machine, leaseIds);
    leaked.push(...left.map((thing) => `cycle ${cycle} (${kind}, killed in ${where}): ${thing}`));
    say(
      `${cycle}/${cycles} ${kind}: killed at ${Math.round(atMs)} ms (${where}), ${job.state}, attempt ${job.attempt}, ${left.length} left`,
    );
  }
  const after = await foreign.look();
  const touched = Object.keys(before).filter((name) => before[name] !== after[name]);
  return { cycles, kinds, fellIn, leaked, touched, notSucceeded };
}

function specOf(kind: Kind, image: string, inputs: JobSpec['inputs']): JobSpec {
  const spec = smallJob(image, { env: { RUN_MS: String(RUN_MS) } });
  switch (kind) {
    case 'plain':
      return { ...spec, outputs: [] };
    case 'inputs':
      return { ...spec, inputs };
    case 'checkpoint':
      return {
        ...spec,
        command: ['node', '/app/counting.mjs'],
        env: { COUNT_TO: '12' },
        checkpoint: { intervalMs: 1_000, graceMs: 0 },
      };
    case 'egress':
      return { ...spec, network: { kind: 'egress', allow: ['example.org:443'], maxUploadBytes: 2 ** 20, maxDownloadBytes: 2 ** 20 } };
  }
}

async function putInputs({ renter }: Machine): Promise<JobSpec['inputs']> {
  const pack = tar.pack();
  pack.entry({ name: 'data.txt' }, 'data');
  pack.finalize();
  const body = await buffer(pack);
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const headers = { authorization: `Bearer ${renter.apiKey}` };
  const answer = await fetch(renter.networkUrl + blobPath(digest), { method: 'PUT', body: new Uint8Array(body), headers });
  if (!answer.ok) throw new Error(`the network took no inputs: ${answer.status} ${await answer.text()}`);
  return { digest, sizeBytes: body.length };
}

/** Every lease sealed and wiped by the worker's own account; remembers their ids. */
async function untilSealed(machine: Machine, leaseIds: Set<string>): Promise<void> {
  const { earnings } = await machine.untilState(
    'settled',
    (state) => state.leases.length === 0 && state.earnings.recent.every((lease) => lease.sealed) && state.session.kind === 'online',
  );
  for (const { leaseId } of earnings.recent) leaseIds.add(leaseId);
}

async function untilNothing(machine: Machine, leaseIds: ReadonlySet<string>): Promise<readonly string[]> {
  const deadlineMs = performance.now() + WIPED_WITHIN_MS;
  for (;;) {
    const left = await leftBy(machine, leaseIds);
    if (left.length === 0 || performance.now() > deadlineMs) return left;
    await sleep(100);
  }
}

/** Whatever in the engine, the kernel or the worker's folder is still of one of these leases, or bears this worker's label. */
async function leftBy(machine: Machine, leaseIds: ReadonlySet<string>): Promise<readonly string[]> {
  const filter = ['--filter', `label=nightshift.worker=${machine.workerKey}`];
  const listed = async (what: string, program: string, ...args: readonly string[]): Promise<readonly string[]> =>
    (await run(program, args)).stdout.split('\n').flatMap((line) => (line.trim() === '' ? [] : [`${what} ${line.trim()}`]));
  const marks = [...leaseIds].flatMap((leaseId) => [leaseId, egressNamesOf(leaseId).bridge]);
  const ofOurs = (lines: readonly string[]): readonly string[] => lines.filter((line) => marks.some((mark) => line.includes(mark)));
  const diskDir = join(machine.home.agentDir, 'sandbox', 'disks');
  return [
    ...(await listed('container', 'docker', 'ps', '--all', '--format', '{{.Names}}', ...filter)),
    ...(await listed('volume', 'docker', 'volume', 'ls', '--format', '{{.Name}}', ...filter)),
    ...(await listed('network', 'docker', 'network', 'ls', '--format', '{{.Name}}', ...filter)),
    ...(await listed('loop device', 'losetup', '--list', '--noheadings', '--output', 'NAME,BACK-FILE')).filter((line) =>
      line.includes(machine.home.root),
    ),
    ...(existsSync(diskDir) ? readdirSync(diskDir) : []).map((file) => `disk ${file}`),
    ...ofOurs(await listed('rule', 'iptables-save')),
    ...ofOurs(await listed('rule (v6)', 'ip6tables-save')),
    ...ofOurs(readdirSync('/sys/class/net').map((name) => `interface ${name}`)),
  ];
}

async function whereItIs(machine: Machine, jobId: string): Promise<string> {
  const lease = (await machine.state()).leases.find((each) => each.jobId === jobId);
  return lease?.step ?? (await machine.client.jobs.get({ id: jobId })).state;
}
