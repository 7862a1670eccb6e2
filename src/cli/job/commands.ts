import type { Command, Option } from 'commander';
import { isJobEnded, type Job } from '../../contract/model/job.ts';
import { type CloudClient, type Credentials, cloudClient, readCredentials } from '../cloud-client.ts';
import { exitCode } from '../exit-codes.ts';
import { type Home, openHome } from '../home.ts';
import { duration, line, money, plainText, table } from '../print.ts';
import { interruptionText } from './interruption.ts';
import { finishJob, runJob, watch } from './run.ts';
import { fetchArtifacts } from './submit.ts';

interface CommonOptions {
  readonly home?: string;
  readonly network?: string;
  readonly key?: string;
  readonly json?: boolean;
}

interface Connection {
  readonly home: Home;
  readonly credentials: Credentials;
  readonly client: CloudClient;
}

function connect(options: CommonOptions): Connection {
  const home = openHome(options.home);
  const credentials = readCredentials(home, options);
  return { home, credentials, client: cloudClient(credentials.networkUrl, credentials.apiKey) };
}

/** Ctrl-C ends the watching; the job goes on. */
async function untilInterrupted<T>(run: (signal: AbortSignal) => Promise<T>, onInterrupt: string): Promise<T | null> {
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort());
  try {
    return await run(stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    line(`\n${onInterrupt}`);
    process.exitCode = exitCode.interrupted;
    return null;
  }
}

/** `nightshift job ...` */
export function addJobCommands(program: Command, homeOption: () => Option): void {
  const job = program.command('job').description('rent: run jobs and look at them');
  const command = (name: string, description: string): Command =>
    job
      .command(name)
      .description(description)
      .addOption(homeOption())
      .option('--network <url>', 'network address (default: the one `nightshift start` has set)')
      .option('--key <key>', 'API key (default: the one `nightshift start` has set; or NIGHTSHIFT_KEY)');

  command('run <file>', 'submit a job file')
    .option('-w, --watch', 'follow the job to its end, fetch what it made, verify it', false)
    .action(async (path: string, options: CommonOptions & { watch: boolean }) => {
      const { home, credentials } = connect(options);
      const code = await untilInterrupted(
        (signal) => runJob({ home, credentials, path, watch: options.watch, signal }),
        'Stopped watching. A submitted job goes on: npx nightshift job list, npx nightshift job watch <id>',
      );
      if (code !== null) process.exitCode = code;
    });

  command('watch <id>', 'follow a job to its end, fetch what it made, verify it').action(async (jobId: string, options: CommonOptions) => {
    const { home, credentials } = connect(options);
    const code = await untilInterrupted((signal) => finishJob({ home, credentials, jobId, signal }), 'Stopped watching; the job goes on.');
    if (code !== null) process.exitCode = code;
  });

  command('list', 'your jobs, newest first')
    .option('--json', 'print JSON', false)
    .action(async (options: CommonOptions) => {
      const { client } = connect(options);
      const [{ items }, network] = await Promise.all([client.jobs.list({}), client.network()]);
      if (options.json) line(JSON.stringify(items, null, 2));
      else if (items.length === 0) line('No jobs yet. Try: npx nightshift job run examples/digits/job.yaml --watch');
      else
        line(
          table([
            ['JOB', 'NAME', 'STATE', 'TIME', 'PAID'],
            ...items.map((each) => [
              each.id,
              each.spec.name,
              each.state,
              duration(each.unfrozenMs),
              money(each.chargedMicro, network.currency),
            ]),
          ]),
        );
    });

  command('show <id>', 'one job with its receipts')
    .option('--json', 'print JSON', false)
    .action(async (id: string, options: CommonOptions) => {
      const { client } = connect(options);
      const [found, bills, network] = await Promise.all([client.jobs.get({ id }), client.jobs.receipts({ id }), client.network()]);
      if (options.json) {
        line(JSON.stringify({ ...found, ...bills }, null, 2));
        return;
      }
      line(`${found.spec.name} (${found.id})`);
      line(`  state     ${found.state}${found.reason === null ? '' : `: ${found.reason}`}`);
      line(`  attempt   ${found.attempt}`);
      const interrupted = interruptionText(found, Date.now());
      if (interrupted !== null) line(`            ${interrupted}`);
      line(`  time      ${duration(found.unfrozenMs)} of ${duration(found.spec.timeLimitMs)}`);
      line(
        `  cost      ${money(found.chargedMicro, network.currency)}${isJobEnded(found.state) ? '' : `, ${money(found.heldMicro, network.currency)} held`}`,
      );
      line(`  receipts  ${bills.receipts.length}, invoices ${bills.invoices.length}`);
    });

  command('logs <id>', 'the log of a job')
    .option('-f, --follow', 'go on until the job has ended', false)
    .action(async (id: string, options: CommonOptions & { follow: boolean }) => {
      const { client } = connect(options);
      await untilInterrupted(async (signal) => {
        if (options.follow) await watch(client, id, signal);
        else await printLog(client, id, signal);
      }, 'Stopped following; the job goes on.');
    });

  command('artifacts <id>', 'fetch what a job made')
    .option('-o, --output <folder>', 'where to put it', '.')
    .action(async (id: string, options: CommonOptions & { output: string }) => {
      const { client, credentials } = connect(options);
      const files = await fetchArtifacts(credentials, await client.jobs.get({ id }), options.output, new AbortController().signal);
      line(files.length === 0 ? 'This job has left no artifacts.' : plainText(files.join('\n')));
    });

  command('cancel <id>', 'cancel a job; what was used is billed, the rest is released').action(
    async (id: string, options: CommonOptions) => {
      const { client } = connect(options);
      const cancelled: Job = await client.jobs.cancel({ id });
      line(`${cancelled.id}: ${cancelled.state}${cancelled.reason === null ? '' : ` (${cancelled.reason})`}`);
    },
  );
}

/** The log as far as it goes now. */
async function printLog(client: CloudClient, id: string, signal: AbortSignal): Promise<void> {
  const found = await client.jobs.get({ id });
  const quiet = isJobEnded(found.state) ? signal : AbortSignal.any([signal, AbortSignal.timeout(QUIET_MS)]);
  try {
    for await (const chunk of await client.jobs.log({ id, offset: 0 }, { signal: quiet })) process.stdout.write(plainText(chunk.text));
  } catch (error) {
    if (signal.aborted || !quiet.aborted) throw error;
  }
}

/** A log that is followed has no end while the job runs; what is there comes at once. */
const QUIET_MS = 1_500;
