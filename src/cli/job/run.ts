import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { styleText } from 'node:util';
import type { NetworkInfo } from '../../contract/cloud-api.ts';
import type { Job, JobState } from '../../contract/model/job.ts';
import { ensurePrivateDir } from '../../lib/files.ts';
import { type CloudClient, type Credentials, cloudClient } from '../cloud-client.ts';
import { exitCode } from '../exit-codes.ts';
import type { Home } from '../home.ts';
import { cross, duration, line, money, plainText, tick } from '../print.ts';
import { followJob } from './follow.ts';
import { interruptionText } from './interruption.ts';
import { readJobFile } from './job-file.ts';
import { type LocalFolders, runLocally } from './local-command.ts';
import { findRunRecord, type RunRecord, writeRunRecord } from './run-record.ts';
import { fetchArtifacts, submitJob } from './submit.ts';

export interface RunOptions {
  readonly home: Home;
  readonly credentials: Credentials;
  readonly path: string;
  /** Follow the job to its end, fetch what it made and verify it. */
  readonly watch: boolean;
  readonly signal: AbortSignal;
}

export interface FinishOptions {
  readonly home: Home;
  readonly credentials: Credentials;
  readonly jobId: string;
  readonly signal: AbortSignal;
}

/** `nightshift job run`: from a job file to a verified result. Returns the exit code. */
export async function runJob(options: RunOptions): Promise<number> {
  const { credentials, signal } = options;
  const file = readJobFile(options.path);
  const client = cloudClient(credentials.networkUrl, credentials.apiKey);
  const network = await client.network(undefined, { signal });
  const runDir = await mkdtemp(join(ensurePrivateDir(join(options.home.root, 'runs')), `${file.name.replace(/[^A-Za-z0-9-]/g, '-')}-`));
  const folders: LocalFolders = { work: join(runDir, 'work'), inputs: join(runDir, 'inputs'), outputs: join(runDir, 'outputs') };
  const given: LocalFolders = file.prepare === null && file.inputsDir !== null ? { ...folders, inputs: file.inputsDir } : folders;

  const job = await submitJob(client, credentials, file, given, signal);
  writeRunRecord(runDir, { jobId: job.id, jobFile: file.path, folders: given });
  line(`${tick} Submitted ${styleText('bold', job.id)}; ${money(job.heldMicro, network.currency)} held`);
  if (!options.watch) {
    const { state, reason } = await client.jobs.get({ id: job.id }, { signal });
    if (state === 'queued' && reason !== null) line(`  Waiting: ${reason}`);
    line(`  Follow, fetch and verify it with: npx nightshift job watch ${job.id}`);
    return exitCode.ok;
  }
  return finishJob({ home: options.home, credentials, jobId: job.id, signal });
}

/**
 * `nightshift job watch`: follows a job to its end, fetches what it made and, where it was submitted from this home, verifies it.
 * Returns the exit code.
 */
export async function finishJob(options: FinishOptions): Promise<number> {
  const { home, credentials, jobId, signal } = options;
  const client = cloudClient(credentials.networkUrl, credentials.apiKey);
  const network = await client.network(undefined, { signal });
  const record = findRunRecord(home, jobId);
  const job = await watch(client, jobId, signal);
  const code = job.state === 'succeeded' ? await checkResult(credentials, job, record, signal) : sayFailed(job);
  await showCost(client, job, network);
  return code;
}

function sayFailed(job: Job): number {
  line(`${cross} ${STATE_WORDS[job.state]}: ${job.reason ?? 'no reason given'}`);
  return exitCode.jobFailed;
}

async function checkResult(credentials: Credentials, job: Job, record: RunRecord | null, signal: AbortSignal): Promise<number> {
  if (record === null) {
    line(`${tick} Finished. Fetch what it made with: npx nightshift job artifacts ${job.id}`);
    return exitCode.ok;
  }
  const files = await fetchArtifacts(credentials, job, record.folders.outputs, signal);
  line(`${tick} Finished; ${files.length === 1 ? '1 file' : `${files.length} files`} in ${record.folders.outputs}`);
  const { verify, folder } = readJobFile(record.jobFile);
  if (verify === null) return exitCode.ok;
  const code = await runLocally(verify, folder, record.folders, signal);
  if (code === 0) return exitCode.ok;
  line(`${cross} The result did not pass \`${verify.join(' ')}\` (code ${code})`);
  return exitCode.jobFailed;
}

const STATE_WORDS: Readonly<Record<JobState, string>> = {
  queued: 'Waiting for a worker',
  placing: 'Asking a worker',
  starting: 'Starting on the worker',
  running: 'Running',
  succeeded: 'Finished',
  failed: 'Failed',
  cancelled: 'Cancelled',
  'timed-out': 'Stopped at its time limit',
};

/** Shows a job's states and log until it has ended. */
export async function watch(client: CloudClient, id: string, signal: AbortSignal): Promise<Job> {
  let shown = '';
  let shownAttempt = 1;
  let away = false;
  let midLine = false;
  const say = (text: string): void => {
    if (midLine) line();
    midLine = false;
    line(text);
  };
  return followJob(
    client,
    id,
    {
      onJob(job) {
        if (away) say(styleText('dim', '  The network answers again'));
        away = false;
        const interrupted = job.attempt > shownAttempt ? interruptionText(job, Date.now()) : null;
        if (interrupted !== null) say(styleText('yellow', `  ${interrupted}`));
        shownAttempt = job.attempt;
        const words = `${STATE_WORDS[job.state]}${job.attempt > 1 ? ` (attempt ${job.attempt})` : ''}${job.reason && job.state === 'queued' ? `: ${job.reason}` : ''}`;
        if (words !== shown && job.state !== 'succeeded') say(styleText('dim', `  ${words}`));
        shown = words;
      },
      onLog(raw) {
        const text = plainText(raw);
        process.stdout.write((midLine ? '' : '  │ ') + text.replace(/\n(?!$)/g, '\n  │ '));
        midLine = !text.endsWith('\n');
      },
      onAway() {
        if (!away) say(styleText('yellow', '  The network does not answer; the job goes on without it. Trying again …'));
        away = true;
      },
    },
    signal,
  );
}

async function showCost(client: CloudClient, job: Job, network: NetworkInfo): Promise<void> {
  const { receipts, invoices } = await client.jobs.receipts({ id: job.id });
  const signedByBoth = receipts.filter((each) => each.networkSignature !== null).length;
  line(
    `  Cost ${money(job.chargedMicro, network.currency)} for ${duration(job.unfrozenMs)}; ${signedByBoth === 1 ? '1 receipt' : `${signedByBoth} receipts`} signed by both sides, ${invoices.length === 1 ? '1 invoice' : `${invoices.length} invoices`}`,
  );
}
