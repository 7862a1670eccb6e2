import type { Command, Option } from 'commander';
import type { ContainerBenchmarkResult } from '../../contract/model/container-benchmark.ts';
import type { Job } from '../../contract/model/job.ts';
import { type CloudClient, readCredentials } from '../cloud-client.ts';
import { exitCode } from '../exit-codes.ts';
import { openHome } from '../home.ts';
import { followJob } from '../job/follow.ts';
import { readJobFile } from '../job/job-file.ts';
import { watch } from '../job/run.ts';
import { line, table } from '../print.ts';
import { stopSignal } from '../start/stop-signal.ts';
import { runContainerBenchmark } from './container.ts';
import { digits } from './texts.ts';

interface Options {
  readonly home?: string;
  readonly network?: string;
  readonly key?: string;
  readonly json: boolean;
}

/** `nightshift benchmark container`: a benchmark in a container, rented like any job. */
export function addContainerCommand(benchmark: Command, homeOption: () => Option): void {
  benchmark
    .command('container <file>')
    .description('rent: run a benchmark in a container, such as examples/benchmark-torch, and read its figures')
    .addOption(homeOption())
    .option('--network <url>', 'network address (default: the one `nightshift start` has set)')
    .option('--key <key>', 'API key (default: the one `nightshift start` has set; or NIGHTSHIFT_KEY)')
    .option('--json', 'print JSON', false)
    .addHelpText('after', '\nIt costs what any job costs. Ctrl-C cancels it. docs/benchmark.md tells what the image has to do.')
    .action(async (path: string, options: Options) => {
      const signal = stopSignal();
      const credentials = readCredentials(openHome(options.home), options);
      try {
        const { job, result } = await runContainerBenchmark(credentials, readJobFile(path), options.json ? quietly : watch, signal);
        line(
          options.json
            ? JSON.stringify({ jobId: job.id, image: job.spec.image, ...result }, null, 2)
            : containerText(job.spec.image, result),
        );
      } catch (error) {
        if (!signal.aborted) throw error;
        process.stderr.write('The benchmark was cancelled; what it used is billed.\n');
        process.exitCode = exitCode.interrupted;
      }
    });
}

const quietly = (client: CloudClient, jobId: string, signal: AbortSignal): Promise<Job> =>
  followJob(client, jobId, { onJob: () => undefined, onLog: () => undefined, onAway: () => undefined }, signal);

/** What a benchmark in a container found, and that nobody but its image vouches for it. */
export function containerText(image: string, { framework, device, figures, errors }: ContainerBenchmarkResult): string {
  const rows = figures.map(({ name, value, unit, iqrShare, samples, verified, detail }) => [
    name,
    `${digits(value)} ${unit}`,
    `${(iqrShare * 100).toFixed(1)} %`,
    String(samples),
    verified ? 'yes' : 'no',
    detail ?? '',
  ]);
  return [
    ...(rows.length === 0 ? [] : [table([['FIGURE', 'MEDIAN', 'SPREAD', 'SAMPLES', 'CHECKED', 'HOW'], ...rows]), '']),
    `  device     ${device.name} (${device.kind}${device.uuid === null ? '' : `, ${device.uuid}`}), as seen in the container`,
    `  framework  ${framework.name} ${framework.version}`,
    `  image      ${image}`,
    ...errors.map(({ figure, detail }) => `! ${figure === null ? '' : `${figure}: `}${detail}`),
  ].join('\n');
}
