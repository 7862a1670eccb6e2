import { join } from 'node:path';
import { expect, it } from 'vitest';
import { installDir } from '../home.ts';
import { type JobFile, readJobFile } from '../job/job-file.ts';
import { runContainerBenchmark } from './container.ts';

const EXAMPLE = readJobFile(join(installDir, 'examples', 'benchmark-torch', 'job.yaml'));
const NOWHERE = { networkUrl: 'http://127.0.0.1:9', apiKey: 'none' };
const run = (over: Partial<JobFile>, signal = new AbortController().signal): Promise<unknown> =>
  runContainerBenchmark(NOWHERE, { ...EXAMPLE, ...over }, () => Promise.reject(new Error('nothing was submitted')), signal);

it.each([
  ['is built here', { image: { kind: 'build', contextDir: '/' } }, 'it is built here'],
  ['brings inputs', { inputsDir: '/in' }, 'all of it belongs into its image'],
  ['prepares something here', { prepare: ['make'] }, 'all of it belongs into its image'],
  ['verifies something here', { verify: ['make'] }, 'all of it belongs into its image'],
  ['leaves something else', { outputs: ['result.json'] }, 'benchmark.json is not among its outputs'],
] satisfies [string, Partial<JobFile>, string][])('refuses a job file that %s, before anything is sent', async (_, over, reason) => {
  await expect(run(over)).rejects.toMatchObject({ problem: { code: 'malformed-job-file', detail: expect.stringContaining(reason) } });
});

it('lets the example through', async () => {
  await expect(run({}, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
});
