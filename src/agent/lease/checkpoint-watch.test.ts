import { expect, it } from 'vitest';
import { createLogger } from '../../lib/log.ts';
import type { RunStatus } from '../sandbox/sandbox.ts';
import { watchCheckpoint } from './checkpoint-watch.ts';

/** A job that has started at 1,000 s by the clock, watched; `pass` lets time go by and looks. */
function watched() {
  let nowMs = 1_000_000;
  let asked = 0;
  let changedAtMs: number | null = 990_000; // what came with the job
  const status: RunStatus = { kind: 'running', startedAtMs: 1_000_000 };
  const watch = watchCheckpoint({
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    logger: createLogger('test', 'silent'),
    sandbox: {
      status: async () => status,
      checkpointAtMs: async () => {
        asked += 1;
        if (changedAtMs === null) throw new Error('the engine is away');
        return changedAtMs;
      },
    },
    leaseId: 'lease_1',
  });
  return {
    savesAt: (atMs: number | null) => {
      changedAtMs = atMs;
    },
    asked: () => asked,
    async pass(ms: number, unfrozenMs: number): Promise<number | null> {
      nowMs += ms;
      watch.look(unfrozenMs);
      await new Promise((resolve) => setImmediate(resolve));
      return watch.savedMs();
    },
  };
}

it('knows of no checkpoint before the job has saved one itself', async () => {
  const job = watched();
  expect(await job.pass(0, 0)).toBeNull();
  expect(await job.pass(20_000, 20_000)).toBeNull();
});

it('tells how long the job had run when it last saved', async () => {
  const job = watched();
  await job.pass(0, 0);
  job.savesAt(1_008_000);
  expect(await job.pass(12_000, 12_000)).toBe(8_000);
  expect(await job.pass(12_000, 24_000)).toBe(8_000);
  job.savesAt(1_034_000);
  expect(await job.pass(12_000, 36_000)).toBe(34_000);
});

it('never tells less than had run when it looked before the save, whatever stood still since', async () => {
  const job = watched();
  await job.pass(0, 0);
  await job.pass(10_000, 10_000);
  job.savesAt(1_010_500); // then frozen for an hour
  expect(await job.pass(3_600_000, 10_500)).toBe(10_000);
});

it('takes a clock of the engine that is ahead for a save of just now', async () => {
  const job = watched();
  await job.pass(0, 0);
  job.savesAt(1_060_000);
  expect(await job.pass(10_000, 10_000)).toBe(10_000);
});

it('asks the engine every ten seconds at most, and goes on after a failure', async () => {
  const job = watched();
  job.savesAt(null);
  for (let second = 0; second < 20; second += 1) await job.pass(1_000, second);
  expect(job.asked()).toBe(2);
  job.savesAt(1_015_000);
  expect(await job.pass(10_000, 30_000)).toBe(15_000);
});
