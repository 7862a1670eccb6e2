import type { Command, Option } from 'commander';
import type { BenchmarkRun } from '../../contract/model/benchmark.ts';
import type { HardwareDevice } from '../../contract/model/device.ts';
import { type AgentClient, readState, withAgent } from '../agent-client.ts';
import { findDevice } from '../devices/find-device.ts';
import { exitCode } from '../exit-codes.ts';
import { openHome } from '../home.ts';
import { duration, line } from '../print.ts';
import { stopSignal } from '../start/stop-signal.ts';
import { beginStep, type Step } from '../steps.ts';
import { addContainerCommand } from './container-command.ts';
import { type RunEvents, runBenchmarks } from './run.ts';
import { benchmarkText, deviceWords, endText, historyText, listText, resultText, stepWords } from './texts.ts';

interface Options {
  readonly home?: string;
  readonly json: boolean;
}

const SILENT: RunEvents = { onProgress: () => undefined, onEnd: () => undefined };

/** `nightshift benchmark ...`: what the devices of this machine reach, and what they reached before. */
export function addBenchmarkCommands(program: Command, homeOption: () => Option): void {
  const benchmark = program.command('benchmark').description('own: measure what the devices of this machine reach');
  const command = (name: string, description: string): Command =>
    benchmark.command(name).description(description).addOption(homeOption()).option('--json', 'print JSON', false);
  const agent = <T>(options: Options, use: (client: AgentClient) => Promise<T>): Promise<T> => withAgent(openHome(options.home), use);

  command('run [device...]', 'measure these devices, or every GPU: below a minute each')
    .addHelpText(
      'after',
      '\nA device is named by its id, the beginning of it, or a part of its name. No job runs meanwhile. Exits with 0 where all were measured, with 2 where one could not be. Ctrl-C cancels it.',
    )
    .action(async (words: readonly string[], options: Options) => {
      const signal = stopSignal();
      const measured = await agent(options, (client) => runBenchmarks(client, words, signal, options.json ? SILENT : shownRun()));
      if (options.json)
        line(
          JSON.stringify(
            measured.map(({ device, end }) => ({ deviceId: device.id, ...end })),
            null,
            2,
          ),
        );
      if (signal.aborted) process.exitCode = exitCode.interrupted;
      else if (measured.some(({ end }) => end?.kind !== 'result')) process.exitCode = exitCode.problem;
    });

  command('list', 'every device with its score, and whether it still counts').action(async (options: Options) => {
    const { devices, benchmarks } = await agent(options, readState);
    line(options.json ? JSON.stringify(benchmarks, null, 2) : listText(devices, benchmarks.devices));
  });

  command('show <device>', 'the last result of a device, figure by figure').action(async (word: string, options: Options) => {
    const { devices, benchmarks } = await agent(options, readState);
    const device = findDevice(devices, word);
    const found = benchmarks.devices.find(({ deviceId }) => deviceId === device.id);
    if (options.json) line(JSON.stringify(found ?? null, null, 2));
    else line(found === undefined ? 'This device has not been measured yet.' : benchmarkText(device, found));
  });

  command('history <device>', 'how the last 100 runs of a device ended').action(async (word: string, options: Options) => {
    const records = await agent(options, async (client) => {
      const { devices } = await readState(client);
      return (await client.benchmarks.history({ deviceId: findDevice(devices, word).id })).records;
    });
    line(options.json ? JSON.stringify(records, null, 2) : historyText(records));
  });

  command('cancel', 'end the benchmark that runs, and forget those that wait').action(async (options: Options) => {
    await agent(options, (client) => client.benchmarks.cancel());
    line(options.json ? JSON.stringify({ ok: true }) : 'No benchmark runs.');
  });

  addContainerCommand(benchmark, homeOption);
}

/** With the progress of each device in a line that lives while it is measured, and its figures when it has been. */
function shownRun(): RunEvents {
  let current: { readonly deviceId: string; readonly step: Step } | null = null;
  const stepOf = (device: HardwareDevice): Step => {
    if (current?.deviceId !== device.id) current = { deviceId: device.id, step: beginStep(`Measuring ${deviceWords(device)}`) };
    return current.step;
  };
  return {
    onProgress: (device, run) => stepOf(device).update(progressText(run, process.stdout.isTTY)),
    onEnd({ device, end, datasheet }) {
      const step = stepOf(device);
      current = null;
      if (end?.kind === 'result') step.done(`Measured ${deviceWords(device)}`);
      else step.failed(`Could not measure ${deviceWords(device)}`);
      line(end?.kind === 'result' ? `\n${resultText(end.result, datasheet)}\n` : endText(end));
    },
  };
}

/** What moves is for a line that is drawn again; elsewhere each step is a line. */
function progressText({ step, progress, remainingMs }: BenchmarkRun, isRedrawn: boolean): string {
  if (!isRedrawn) return stepWords(step);
  const left = remainingMs === null ? '' : `, ${duration(Math.max(1_000, Math.round(remainingMs / 1_000) * 1_000))} left`;
  return `${Math.floor(progress * 100)} %${left}: ${stepWords(step)}`; // a narrow terminal cuts the end
}
