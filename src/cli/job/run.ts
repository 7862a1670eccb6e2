import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { styleText } from 'node:util';
import type { NetworkInfo } from '../../contract/cloud-api.ts';
import type { Job, JobState } from '../../contract/model/job.ts';
import { ensurePrivateDir } from '../../lib/files.ts';
import { type CloudClient, type Credentials, cloudClient } from '../cloud-client.ts';
import { exitCode } from '../exit-codes.ts';
import type { Home } from '../home.ts';
import { cross, duration, line, money, tick } from '../print.ts';
import { followJob } from './follow.ts';
import { readJobFile } from './job-file.ts';
import { type LocalFolders, runLocally } from './local-command.ts';
import { fetchArtifacts, submitJob } from './submit.ts';

export interface RunOptions {
  readonly home: Home;
  readonly credentials: Credentials;
  readonly path: string;
  /** Follow the job to its end, fetch what it made and verify it. */
  readonly watch: boolean;
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
  line(`${tick} Submitted ${styleText('bold', job.id)}; ${money(job.heldMicro, network.currency)} held`);
  if (!options.watch) {
    line(`  Follow it with: nightshift job logs ${job.id} --follow`);
    return exitCode.ok;
  }
  const ended = await watch(client, job.id, signal);
  if (ended.state !== 'succeeded') {
    line(`${cross} ${STATE_WORDS[ended.state]}: ${ended.reason ?? 'no reason given'}`);
    await showCost(client, ended, network);
    return exitCode.jobFailed;
  }
  const files = await fetchArtifacts(credentials, ended, folders.outputs, signal);
  line(`${tick} Finished; ${files.length === 1 ? '1 file' : `${files.length} files`} in ${folders.outputs}`);
  if (file.verify !== null) {
    const code = await runLocally(file.verify, file.folder, given, signal);
    if (code !== 0) {
      line(`${cross} The result did not pass \`${file.verify.join(' ')}\` (code ${code})`);
      await showCost(client, ended, network);
      return exitCode.jobFailed;
    }
  }
  await showCost(client, ended, network);
  return exitCode.ok;
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
        const words = `${STATE_WORDS[job.state]}${job.attempt > 1 ? ` (attempt ${job.attempt})` : ''}${job.reason && job.state === 'queued' ? `: ${job.reason}` : ''}`;
        if (words !== shown && job.state !== 'succeeded') say(styleText('dim', `  ${words}`));
        shown = words;
      },
      onLog(raw) {
        const text = raw.replace(/[^\P{Cc}\n\t]/gu, ''); // a log is a stranger's text: no terminal sequences
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
