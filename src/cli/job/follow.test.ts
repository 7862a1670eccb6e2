import { expect, it } from 'vitest';
import type { JobLogChunk } from '../../contract/cloud-api.ts';
import type { Job } from '../../contract/model/job.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import type { CloudClient } from '../cloud-client.ts';
import { followJob } from './follow.ts';

const never = new AbortController().signal;
const silent = { onJob: () => undefined, onLog: () => undefined, onAway: () => undefined };
const clientOf = (jobs: object): CloudClient => ({ jobs }) as CloudClient; // the two calls that following makes

it('following a job that is not there fails once, with the words of the network', async () => {
  const strays: unknown[] = [];
  const onStray = (error: unknown): void => void strays.push(error);
  process.on('unhandledRejection', onStray);
  const missing = async (): Promise<never> => {
    throw new ProblemError('not-found', 'There is no such job.', 'See job list.');
  };
  await expect(followJob(clientOf({ watch: missing, log: missing }), 'job_1', silent, never)).rejects.toThrow(/no such job/);
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.off('unhandledRejection', onStray);
  expect(strays).toEqual([]);
});

it('shows the whole log of a second attempt that began while the connection was away', async () => {
  const logs: Record<string, string> = { lease_1: 'first attempt\n', lease_2: 'second attempt\n' };
  let lease = 'lease_1';
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  async function* log({ offset }: { offset: number }): AsyncGenerator<JobLogChunk> {
    const current = lease;
    const text = (logs[current] ?? '').slice(offset);
    if (text !== '') yield { leaseId: current, offset, text };
    if (current === 'lease_1') {
      lease = 'lease_2';
      logs.lease_1 = '';
      throw new Error('the connection broke');
    }
    end();
  }
  async function* watch(): AsyncGenerator<Job> {
    await ended;
    yield { state: 'succeeded' } as Job; // nothing else of it is read
  }
  logs.lease_2 += 'more of it\n';
  let shown = '';
  const client = clientOf({ log: async (input: { offset: number }) => log(input), watch: async () => watch() });
  const onLog = (text: string): void => {
    shown += text;
  };
  await followJob(client, 'job_1', { ...silent, onLog }, never);
  expect(shown).toBe('first attempt\nsecond attempt\nmore of it\n');
});
