import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Machine, run } from '../../../e2e/road/machine.ts';
import { namesOf } from '../../../src/agent/sandbox/names.ts';
import { readState, withAgent } from '../../../src/cli/agent-client.ts';
import { isJobEnded, type Job, type JobSpec } from '../../../src/contract/model/job.ts';
import type { SettingKey } from '../../../src/contract/model/settings.ts';
import { COUNTER_FILE } from './burning-job.ts';
import type { HelperProcess } from './helper-process.ts';
import type { ReaderCalls } from './reader.ts';

/** The job that is to give way: one is always there, and the reader sees it. */
export interface Subject {
  /** Waits until a job runs, in a new lease where the one before was evicted, and has the reader follow it. */
  untilRuns(): Promise<void>;
}

/** Placement, container and idle delay take a few seconds; a machine with other work takes longer. */
const DEADLINE_MS = 120_000;
const LOOK_EVERY_MS = 50;
/** Long enough that a job which the agent is about to freeze is not taken for one that runs. */
const RUNS_FOR_MS = 150;

interface Container {
  readonly pid: number;
  readonly counterFile: string;
}

export async function setSettings(machine: Machine, values: Partial<Record<SettingKey, unknown>>): Promise<void> {
  await withAgent(machine.home, async (agent) => {
    for (const [key, value] of Object.entries(values)) await agent.settings.set({ key: key as SettingKey, value: value as never }); // parsed by the agent
  });
}

/** @param signal stops the wait; the benchmark ends then */
export function keepJobRunning(machine: Machine, spec: JobSpec, reader: HelperProcess<ReaderCalls>, signal: AbortSignal): Subject {
  let jobId: string | null = null;

  async function liveJob(): Promise<Job> {
    const job = jobId === null ? null : await machine.client.jobs.get({ id: jobId });
    if (job && !isJobEnded(job.state)) return job;
    const made = await machine.client.jobs.create({ spec, idempotencyKey: randomUUID() }); // a job has 20 attempts and a time limit
    jobId = made.id;
    return made;
  }

  async function tryFollow(job: Job): Promise<boolean> {
    const container = job.leaseId === null ? null : await findContainer(job.leaseId);
    if (!container) return false;
    await reader.ask('follow', container.counterFile, container.pid);
    return reader.ask('untilRuns', RUNS_FOR_MS, 1_000);
  }

  return {
    async untilRuns() {
      const deadlineMs = performance.now() + DEADLINE_MS;
      let failure: unknown = null;
      while (performance.now() < deadlineMs) {
        signal.throwIfAborted();
        const job = await liveJob();
        try {
          if (await tryFollow(job)) return;
        } catch (error) {
          failure = error; // the container went away, or has not made its counter file yet
        }
        await sleep(LOOK_EVERY_MS, undefined, { signal });
      }
      const { presence, leases } = await withAgent(machine.home, readState);
      throw new Error(`the job never ran: ${JSON.stringify({ job: await liveJob(), presence, leases })}`, { cause: failure });
    },
  };
}

/** Null where no container of this lease runs. A frozen one runs, too. */
async function findContainer(leaseId: string): Promise<Container | null> {
  const names = namesOf(leaseId);
  try {
    const [container, volume] = await Promise.all([
      run('docker', ['inspect', '--format', '{{.State.Pid}}', names.container]),
      run('docker', ['volume', 'inspect', '--format', '{{.Mountpoint}}', names.jobVolume]),
    ]);
    const pid = Number(container.stdout);
    return pid > 0 ? { pid, counterFile: join(volume.stdout.trim(), COUNTER_FILE) } : null;
  } catch {
    return null; // docker says "no such" by its exit code: not made yet, or removed
  }
}
