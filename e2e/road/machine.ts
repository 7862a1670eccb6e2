import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import * as z from 'zod';
import { setOwnerSetting } from '../../src/agent/settings/settings.ts';
import { openStore } from '../../src/agent/store/open.ts';
import { readState, withAgent } from '../../src/cli/agent-client.ts';
import { type CloudClient, type Credentials, cloudClient } from '../../src/cli/cloud-client.ts';
import { type Home, openHome } from '../../src/cli/home.ts';
import { bootstrap } from '../../src/cli/start/bootstrap.ts';
import { type Part, startPart } from '../../src/cli/start/child.ts';
import type { JobSpec } from '../../src/contract/model/job.ts';
import { isJobEnded, type Job } from '../../src/contract/model/job.ts';
import type { WorkerState } from '../../src/contract/worker-api.ts';

export const run = promisify(execFile);

/** A worker as a real process with a home of its own. */
export interface Worker extends AsyncDisposable {
  readonly home: Home;
  readonly workerKey: string;
  agent(): Part;
  state(): Promise<WorkerState>;
  untilState(what: string, holds: (state: WorkerState) => boolean): Promise<WorkerState>;
  /** Containers, volumes and loop devices that bear this worker's label or lie in its folder. */
  leftovers(): Promise<readonly string[]>;
}

export interface Restartable {
  /** Closes the agent in order, and starts it again in the same home. */
  restart(): Promise<void>;
}

/** A whole Nightshift of its own on this machine: network and agent as real processes, a home of its own, free ports. */
export interface Machine extends Worker {
  readonly renter: Credentials;
  readonly client: CloudClient;
  network(): Part;
  /** SIGKILL from a process of its own, and a start again at the same address. */
  killAndRestart(part: 'network' | 'agent'): Promise<void>;
  kill(part: 'network' | 'agent'): Promise<void>;
  restart(part: 'network' | 'agent'): Promise<void>;
  /** Waits until the job is as wanted; fails when it ends otherwise. */
  untilJob(jobId: string, what: string, holds: (job: Job) => boolean): Promise<Job>;
  untilEnded(jobId: string): Promise<Job>;
}

const DEADLINE_MS = 90_000;

/** Starts the agent of a home, as the program does or on hardware of its own. */
export type StartAgent = (home: Home, uiPort: string) => Promise<Part>;
const startOwnAgent: StartAgent = (home, uiPort) => startPart('agent', home, ['--ui-port', uiPort]);

export async function startMachine(options: { readonly networkArgs?: readonly string[] } = {}): Promise<Machine> {
  const home = openHome(mkdtempSync(join(tmpdir(), 'nightshift-e2e-')));
  const networkArgs = options.networkArgs ?? [];
  setBeforehand(home);
  const parts: { network: Part; agent: Part } = {
    network: await startPart('network', home, ['--port', '0', ...networkArgs]),
    agent: await startOwnAgent(home, '0'),
  };
  const ports = { network: new URL(parts.network.url).port, agent: new URL(parts.agent.url).port };
  const renter = await withAgent(home, (agent) => bootstrap(home, parts.network.url, agent, false));
  const client = cloudClient(renter.networkUrl, renter.apiKey);

  const machine: Machine = {
    ...(await lookInto(home)),
    renter,
    client,
    network: () => parts.network,
    agent: () => parts.agent,
    async kill(name) {
      await run('kill', ['-9', String(parts[name].pid)]);
      await parts[name].ended;
    },
    async restart(name) {
      parts[name] = await startPart(
        name,
        home,
        name === 'network' ? ['--port', ports.network, ...networkArgs] : ['--ui-port', ports.agent],
      );
    },
    async killAndRestart(name) {
      await machine.kill(name);
      await machine.restart(name);
    },
    async untilJob(jobId, what, holds) {
      const deadlineMs = performance.now() + DEADLINE_MS;
      for (;;) {
        const job = await client.jobs.get({ id: jobId }).catch(() => null);
        if (job && holds(job)) return job;
        if (performance.now() > deadlineMs || (job && isJobEnded(job.state))) throw new Error(`job never ${what}: ${JSON.stringify(job)}`);
        await sleep(100);
      }
    },
    untilEnded: (jobId) => machine.untilJob(jobId, 'ended', (job) => isJobEnded(job.state)),
    async [Symbol.asyncDispose]() {
      await parts.agent.stop();
      await parts.network.stop();
      rmSync(home.root, { recursive: true, force: true });
    },
  };
  return machine;
}

/**
 * What the owner has set before the agent ever starts: the tests themselves keep the processors busy, for which a worker would wait; and
 * each worker would check its sandbox first, which a test of its own does.
 */
function setBeforehand(home: Home): void {
  const db = openStore(home.agentDir);
  setOwnerSetting(db, 'presence.cpuByOthersShare', 1);
  setOwnerSetting(db, 'sandbox.checkFirst', false);
  db.close();
}

/** What the owner of a machine's workers sees of its network. */
export function ownerClient(machine: Machine): CloudClient {
  const { apiKey } = z.object({ apiKey: z.string() }).parse(JSON.parse(readFileSync(join(machine.home.root, 'owner.json'), 'utf8')));
  return cloudClient(machine.network().url, apiKey);
}

/** One more worker of the same owner in a machine's network. */
export async function joinWorker(machine: Machine, startAgent: StartAgent = startOwnAgent): Promise<Worker & Restartable> {
  const home = openHome(mkdtempSync(join(tmpdir(), 'nightshift-e2e-')));
  setBeforehand(home);
  let agent = await startAgent(home, '0');
  const { token } = await ownerClient(machine).workers.token();
  await withAgent(home, (client) => client.enrolment.enrol({ networkUrl: machine.network().url, token }));
  return {
    ...(await lookInto(home)),
    agent: () => agent,
    async restart() {
      await agent.stop();
      agent = await startAgent(home, '0');
    },
    async [Symbol.asyncDispose]() {
      await agent.stop();
      rmSync(home.root, { recursive: true, force: true });
    },
  };
}

/** What a running worker says of itself, and what it has left in the engine. */
async function lookInto(home: Home): Promise<Pick<Worker, 'home' | 'workerKey' | 'state' | 'untilState' | 'leftovers'>> {
  const state = (): Promise<WorkerState> => withAgent(home, readState);
  const workerKey = (await state()).worker.publicKey;
  return {
    home,
    workerKey,
    state,
    async untilState(what, holds) {
      const deadlineMs = performance.now() + DEADLINE_MS;
      for (;;) {
        const now = await state();
        if (holds(now)) return now;
        if (performance.now() > deadlineMs)
          throw new Error(`never ${what}: ${JSON.stringify({ presence: now.presence, leases: now.leases, session: now.session })}`);
        await sleep(100);
      }
    },
    async leftovers() {
      const label = `label=nightshift.worker=${workerKey}`;
      const lists = await Promise.all([
        run('docker', ['ps', '-aq', '--filter', label]),
        run('docker', ['volume', 'ls', '-q', '--filter', label]),
        run('losetup', ['-l', '-n', '-O', 'BACK-FILE']),
      ]);
      const [containers = '', volumes = '', loops = ''] = lists.map((each) => each.stdout);
      return [...`${containers}\n${volumes}`.split('\n'), ...loops.split('\n').filter((path) => path.includes(home.root))].filter(
        (each) => each.trim() !== '',
      );
    },
  };
}

/** A specification for a small job; `image` is an image id of the local engine. */
export const smallJob = (image: string, over: Partial<JobSpec> = {}): JobSpec => ({
  name: 'small',
  image,
  command: ['node', '/app/job.mjs'],
  env: {},
  inputs: null,
  outputs: ['result.txt'],
  deviceClass: 'cpu',
  vramBytes: null,
  timeLimitMs: 60_000,
  memoryBytes: 128 * 2 ** 20,
  diskBytes: 16 * 2 ** 20,
  cpus: 0.5,
  network: { kind: 'none' },
  checkpoint: null,
  maxMicroPerHour: 1_000_000,
  ...over,
});
