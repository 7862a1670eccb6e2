import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { findSocketPath } from '../../src/agent/sandbox/engine.ts';
import { namesOf } from '../../src/agent/sandbox/names.ts';
import { importBashImage } from '../../src/agent/sandbox/testing/bash-image.ts';
import { readState, withAgent } from '../../src/cli/agent-client.ts';
import { buildImage } from '../../src/cli/image/build-image.ts';
import type { Job, JobSpec } from '../../src/contract/model/job.ts';
import { tempFolder } from '../../src/lib/testing/temp-folder.ts';
import { joinWorker, type Machine, run, smallJob, startMachine, type Worker } from './machine.ts';

const MIB = 2 ** 20;
/** Of both jobs beside: what they may use is the same, so that what the one does to its neighbours more than the other is hostility. */
const LIMITS = { cpus: 0.5, memoryBytes: 768 * MIB, diskBytes: 64 * MIB } as const;
/** The wipe follows the seal. */
const WIPED_WITHIN_MS = 20_000;
const COUNTER_FILE = 'tmp/count';

/** Works in steps of the same size and writes down how many it has done. */
const countingProgram = `
import { writeFileSync } from 'node:fs';
let done = 0;
for (;;) {
  const startedMs = performance.now();
  while (performance.now() - startedMs < 20) {
    let value = 1;
    for (let each = 0; each < 20_000; each++) value = (value * 1_103_515_245 + 12_345) & 0x7fffffff;
    done += value === 0 ? 2 : 1;
  }
  writeFileSync('/job/${COUNTER_FILE}', String(done));
}
`;
/** As hostile as a program can be without a bug of the kernel's: all at once and for ever. */
const BOMBS = `
yes flood &
(while :; do for place in /job/fill /tmp/fill /job/tmp/fill; do dd if=/dev/zero of=$place bs=1M; done; done) 2> /dev/null &
(while :; do (text=aaaaaaaaaaaaaaaa; while :; do text=$text$text; done); done) 2> /dev/null &
for each in 1 2 3 4; do (while :; do sleep 2 & done) 2> /dev/null & done
while :; do wait; sleep 1; done
`;
/** Burns what it may burn of the processors, and nothing else. */
const INNOCENT = 'for each in 1 2; do while :; do :; done & done; wait';

/** How the machine was for a while. */
export interface Sample {
  /** Steps of the neighbour's job, a second. */
  readonly rate: number;
  readonly pageMs: readonly number[];
  readonly stateMs: readonly number[];
  /** A process of the host's from its start to its end. */
  readonly forkMs: readonly number[];
}

/** How far the bombs came. */
export interface Reach {
  readonly processes: number;
  readonly processLimit: number;
  readonly memoryShare: number;
  /** Of its own disk. */
  readonly freeDiskBytes: number;
}

/** A worker with a job that counts, and another worker beside it for whatever comes. */
export interface Neighbours extends AsyncDisposable {
  /** Looks at the first worker for so long. */
  watch(forMs: number): Promise<Sample>;
  /** Has the second worker run this job, until it is disposed of. */
  occupy(kind: 'hostile' | 'innocent'): Promise<AsyncDisposable & { reach(): Promise<Reach> }>;
  /** Ends the first worker's job; returns what the two have left in the engine. */
  end(): Promise<readonly string[]>;
}

export async function startNeighbours(): Promise<Neighbours> {
  const docker = new Docker({ socketPath: findSocketPath() });
  const bashImage = await importBashImage(docker);
  await using starting = new AsyncDisposableStack();
  const machine = starting.use(await startMachine());
  await dedicate(machine);
  const counting = await submit(
    machine,
    smallJob(await buildCountingImage(), { ...ENDLESS, command: ['node', '/app/count.mjs'], cpus: LIMITS.cpus }),
  );
  const leaseId = await untilRunning(machine, counting);
  const counterFile = join(await mountpoint(leaseId), COUNTER_FILE);
  const second = starting.use(await joinWorker(machine));
  await dedicate(second);
  const count = (): number => Number(readFileSync(counterFile, 'utf8'));
  const all = starting.move();

  return {
    async watch(forMs) {
      const startedMs = performance.now();
      const isOver = (): boolean => performance.now() - startedMs > forMs;
      const before = count();
      const [pageMs, stateMs, forkMs] = await Promise.all([
        timed(isOver, async () => void (await (await fetch(machine.agent().url)).text())),
        timed(isOver, () => withAgent(machine.home, readState)),
        timed(isOver, () => run('/bin/true')),
      ]);
      return { rate: ((count() - before) * 1_000) / (performance.now() - startedMs), pageMs, stateMs, forkMs };
    },
    async occupy(kind) {
      const command = ['bash', '-c', kind === 'hostile' ? BOMBS : INNOCENT];
      const job = await submit(machine, smallJob(bashImage, { ...ENDLESS, ...LIMITS, command }));
      const occupied = await untilRunning(second, job);
      return {
        async reach() {
          const container = docker.getContainer(namesOf(occupied).container);
          const [stats, disk] = await Promise.all([
            container.stats({ stream: false, 'one-shot': true }),
            statfs(await mountpoint(occupied)),
          ]);
          return {
            processes: stats.pids_stats?.current ?? 0,
            processLimit: (await container.inspect()).HostConfig.PidsLimit ?? 0,
            memoryShare: stats.memory_stats.usage / LIMITS.memoryBytes,
            freeDiskBytes: disk.bavail * disk.bsize,
          };
        },
        async [Symbol.asyncDispose]() {
          await machine.client.jobs.cancel({ id: job.id });
          await machine.untilEnded(job.id);
          await second.untilState('free again', ({ leases }) => leases.length === 0);
        },
      };
    },
    async end() {
      await machine.client.jobs.cancel({ id: counting.id });
      await machine.untilEnded(counting.id);
      const deadlineMs = performance.now() + WIPED_WITHIN_MS;
      for (;;) {
        const left = [...(await machine.leftovers()), ...(await second.leftovers())];
        if (left.length === 0 || performance.now() > deadlineMs) return left;
        await sleep(100);
      }
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

const ENDLESS: Partial<JobSpec> = { outputs: [], timeLimitMs: 3_600_000, maxMicroPerHour: 500_000 };

const submit = (machine: Machine, spec: JobSpec): Promise<Job> => machine.client.jobs.create({ spec, idempotencyKey: randomUUID() });

const dedicate = (worker: Worker): Promise<unknown> =>
  withAgent(worker.home, (agent) => agent.settings.set({ key: 'presence.dedicated', value: true }));

/** The lease of a job once it has run for a moment. */
async function untilRunning(worker: Worker, { id }: Job): Promise<string> {
  const { leases } = await worker.untilState('running', (state) =>
    state.leases.some((lease) => lease.jobId === id && lease.unfrozenMs > 1_000),
  );
  return leases.find((lease) => lease.jobId === id)?.leaseId ?? '';
}

async function mountpoint(leaseId: string): Promise<string> {
  return (await run('docker', ['volume', 'inspect', '--format', '{{.Mountpoint}}', namesOf(leaseId).jobVolume])).stdout.trim();
}

const PAUSE_MS = 50;
/** How long each of many calls took, one after the other. */
async function timed(isOver: () => boolean, act: () => Promise<unknown>): Promise<readonly number[]> {
  const tookMs: number[] = [];
  while (!isOver()) {
    const startedMs = performance.now();
    await act();
    tookMs.push(performance.now() - startedMs);
    await sleep(PAUSE_MS);
  }
  return tookMs;
}

async function buildCountingImage(): Promise<string> {
  const contextDir = tempFolder();
  writeFileSync(join(contextDir, 'count.mjs'), countingProgram);
  const { imageId } = await buildImage({ contextDir, onProgress: () => undefined, signal: new AbortController().signal });
  return imageId;
}
