import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTAINER_BENCHMARK_FILE, type ContainerBenchmarkResult } from '../../contract/model/container-benchmark.ts';
import type { Job } from '../../contract/model/job.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import { type CloudClient, type Credentials, cloudClient } from '../cloud-client.ts';
import type { JobFile } from '../job/job-file.ts';
import { fetchArtifacts, submitJob } from '../job/submit.ts';
import { readContainerResult } from './container-result.ts';

export interface ContainerBenchmark {
  readonly job: Job;
  readonly result: ContainerBenchmarkResult;
}

/**
 * Runs a job file's benchmark as the ordinary job it is, and reads what it left. `follow` waits for the job's end. Throws `malformed-job-file` where
 * the file is none of a benchmark, `invalid-request` where what it left is none of a result. When `signal` fires the job is cancelled.
 */
export async function runContainerBenchmark(
  credentials: Credentials,
  file: JobFile,
  follow: (client: CloudClient, jobId: string, signal: AbortSignal) => Promise<Job>,
  signal: AbortSignal,
): Promise<ContainerBenchmark> {
  refuseOthers(file);
  const client = cloudClient(credentials.networkUrl, credentials.apiKey);
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-benchmark-'));
  try {
    const folders = { work: join(folder, 'work'), inputs: join(folder, 'inputs'), outputs: join(folder, 'outputs') };
    const { id } = await submitJob(client, credentials, file, folders, signal);
    const job = await follow(client, id, signal).catch(async (error: unknown) => {
      if (signal.aborted) await client.jobs.cancel({ id });
      throw error;
    });
    if (job.state !== 'succeeded')
      throw new ProblemError(
        'invalid-request',
        `The benchmark did not end well (${job.state}): ${job.reason ?? 'no reason given'}`,
        `Its log says more: npx nightshift job logs ${id}`,
      );
    await fetchArtifacts(credentials, job, folders.outputs, signal);
    return { job, result: readContainerResult(folders.outputs) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** All of a benchmark is in its image, whose digest is then the whole of what was measured. */
function refuseOthers(file: JobFile): void {
  const wrong =
    file.image.kind !== 'reference'
      ? 'it is built here; name its image by digest (`image`)'
      : file.inputsDir !== null || file.prepare !== null || file.verify !== null
        ? 'all of it belongs into its image: no inputs, prepare or verify'
        : file.outputs.includes(CONTAINER_BENCHMARK_FILE)
          ? null
          : `${CONTAINER_BENCHMARK_FILE} is not among its outputs`;
  if (wrong !== null)
    throw new ProblemError(
      'malformed-job-file',
      `${file.path} is no benchmark: ${wrong}.`,
      'Correct it; docs/benchmark.md tells what belongs there.',
    );
}
