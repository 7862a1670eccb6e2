import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { blobPath } from '../../contract/cloud-api.ts';
import type { Job, JobSpec } from '../../contract/model/job.ts';
import { ProblemError, problem } from '../../contract/model/problem.ts';
import { type CloudClient, type Credentials, toProblem } from '../cloud-client.ts';
import { type BuildStep, buildImage } from '../image/build-image.ts';
import { bytes } from '../print.ts';
import { step } from '../steps.ts';
import { type Archive, checkedBody, packFolder, unpackInto } from './archive.ts';
import type { JobFile } from './job-file.ts';
import { specOf } from './job-file.ts';
import { type LocalFolders, runLocally } from './local-command.ts';

const SUBMIT_TRIES = 5;

const BUILD_WORDS: Readonly<Record<BuildStep, string>> = {
  'reading-files': 'reading its files',
  'installing-dependencies': 'installing its dependencies',
  'importing-image': 'handing it to the engine',
};

/** Runs the job file's `prepare`, makes or names its image, uploads its inputs and submits it. Each long step shows its progress. */
export async function submitJob(
  client: CloudClient,
  credentials: Credentials,
  file: JobFile,
  folders: LocalFolders,
  signal: AbortSignal,
): Promise<Job> {
  await mkdir(folders.work, { recursive: true });
  if (file.inputsDir !== null) await mkdir(folders.inputs, { recursive: true });
  if (file.prepare !== null) {
    const code = await runLocally(file.prepare, file.folder, folders, signal);
    if (code !== 0)
      throw new ProblemError(
        'malformed-job-file',
        `\`${file.prepare.join(' ')}\` (prepare) ended with code ${code}.`,
        'Correct what it reports above.',
      );
  }
  const image = await imageOf(file, signal);
  const archive = file.inputsDir === null ? null : await uploadInputs(credentials, folders, signal);
  const spec = specOf(file, image, archive && { digest: archive.digest, sizeBytes: archive.sizeBytes });
  return create(client, spec, signal);
}

async function imageOf(file: JobFile, signal: AbortSignal): Promise<string> {
  if (file.image.kind === 'reference') return file.image.reference;
  const { contextDir } = file.image;
  const built = await step(
    'Making the image',
    (running) =>
      buildImage({
        contextDir,
        onProgress: (part, fraction) => running.update(`${BUILD_WORDS[part]}${fraction === null ? '' : ` ${Math.round(fraction * 100)}%`}`),
        signal,
      }),
    (image) => `Image ${image.imageId.slice(7, 19)}, ${bytes(image.sizeBytes)}`,
  );
  return built.imageId;
}

async function uploadInputs(credentials: Credentials, folders: LocalFolders, signal: AbortSignal): Promise<Archive> {
  return step(
    'Uploading the inputs',
    async () => {
      const archive = await packFolder(folders.inputs, join(folders.work, 'inputs.tar'));
      const url = new URL(blobPath(archive.digest), credentials.networkUrl);
      const response = await reach(credentials, url, {
        method: 'PUT',
        headers: { authorization: `Bearer ${credentials.apiKey}`, 'content-length': String(archive.sizeBytes) },
        body: Readable.toWeb(createReadStream(archive.path)) as NonNullable<RequestInit['body']>, // Node's and the DOM's stream types differ in name only
        duplex: 'half',
        signal,
      });
      await refuseProblem(response);
      await rm(archive.path);
      return archive;
    },
    (archive) => `Inputs, ${bytes(archive.sizeBytes)}`,
  );
}

/** The same idempotency key on each try: a lost answer never submits the job twice. */
async function create(client: CloudClient, spec: JobSpec, signal: AbortSignal): Promise<Job> {
  const idempotencyKey = randomUUID();
  for (let left = SUBMIT_TRIES - 1; ; left--) {
    try {
      return await client.jobs.create({ spec, idempotencyKey }, { signal });
    } catch (error) {
      if (left === 0 || !(error instanceof ProblemError) || error.problem.code !== 'network-unreachable') throw error;
      await sleep(1_000, undefined, { signal });
    }
  }
}

/** Fetches a job's artifacts and unpacks them into the outputs folder. Returns the files' paths. */
export async function fetchArtifacts(
  credentials: Credentials,
  job: Job,
  outputsDir: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  await mkdir(outputsDir, { recursive: true });
  if (job.artifacts === null) return [];
  const { digest, sizeBytes } = job.artifacts;
  const response = await reach(credentials, new URL(blobPath(digest), credentials.networkUrl), {
    headers: { authorization: `Bearer ${credentials.apiKey}` },
    signal,
  });
  await refuseProblem(response);
  if (!response.body) throw new ProblemError('not-found', 'The network sent no artifacts.', 'Try again.');
  return unpackInto(checkedBody(response.body, digest, sizeBytes), outputsDir, job.spec.outputs);
}

/** `fetch` that says in words when nobody answers. */
const reach = (credentials: Credentials, url: URL, init: RequestInit): Promise<Response> =>
  fetch(url, init).catch((error: unknown) => {
    throw toProblem(error, credentials.networkUrl);
  });

async function refuseProblem(response: Response): Promise<void> {
  if (response.ok) return;
  const said = problem.safeParse(await response.json().catch(() => null));
  throw said.success
    ? new ProblemError(said.data.code, said.data.detail, said.data.next)
    : new ProblemError('internal', `The network answered ${response.status} ${response.statusText}.`, 'Try again.');
}
