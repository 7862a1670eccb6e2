import { Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../lib/clock.ts';
import { createLogger } from '../lib/log.ts';
import { VERSION } from '../lib/version.ts';
import { addAccountCommands } from './account-commands.ts';
import { addBenchmarkCommands } from './benchmark/commands.ts';
import { addDeviceCommands } from './devices/commands.ts';
import { addDoctorCommand } from './devices/doctor-command.ts';
import { exitCode } from './exit-codes.ts';
import { reportFailure } from './failure.ts';
import { openHome } from './home.ts';
import { addJobCommands } from './job/commands.ts';
import { line } from './print.ts';
import { addSandboxCommands } from './sandbox/commands.ts';
import { serve } from './start/serve.ts';
import { start } from './start/start.ts';
import { stopSignal } from './start/stop-signal.ts';
import { uiRoot } from './start/ui-build.ts';
import { addWorkerCommands } from './worker/commands.ts';

/** Unassigned by IANA; beside each other so that people find the second from the first. */
const UI_PORT = 7410;
const NETWORK_PORT = 7411;

const port = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  return value;
};
const wholeMs = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 100) throw new InvalidArgumentError('give whole milliseconds, 100 or more.');
  return value;
};
const homeOption = (): Option =>
  new Option('--home <folder>', 'where Nightshift keeps its data (default: NIGHTSHIFT_HOME or the data folder of this user)');

const program = new Command('nightshift')
  .description('Share idle hardware safely and be paid for it; rent it by the second.')
  .version(VERSION)
  .showHelpAfterError('(nightshift --help shows every command)')
  .configureHelp({ showGlobalOptions: true });

program
  .command('start')
  .description('check this machine, start an embedded network, the agent and the UI, and offer a first job')
  .addOption(homeOption())
  .option('-y, --yes', 'ask nothing: run the first job', false)
  .option('--ui-port <port>', 'loopback port of the UI', port, UI_PORT)
  .option('--network-port <port>', 'loopback port of the embedded network', port, NETWORK_PORT)
  .option('--no-open', 'do not open a browser')
  .action(async (options: { home?: string; yes: boolean; uiPort: number; networkPort: number; open: boolean }) => {
    const stopping = stopSignal();
    const { yes, uiPort, networkPort } = options;
    try {
      await start({ home: openHome(options.home), yes, uiPort, networkPort, openBrowser: options.open }, stopping);
    } catch (error) {
      if (!stopping.aborted) throw error;
      line('Stopped before everything had started; nothing is left running.');
      process.exitCode = exitCode.interrupted;
    }
  });

program
  .command('agent')
  .description('run the worker agent alone (headless)')
  .addOption(homeOption())
  .option('--ui-port <port>', 'loopback port of the UI', port, UI_PORT)
  .action((options: { home?: string; uiPort: number }) =>
    serve(async () => {
      const { startAgent } = await import('../agent/agent.ts');
      const agent = await startAgent({
        dataDir: openHome(options.home).agentDir,
        uiPort: options.uiPort,
        uiRoot,
        logger: createLogger('agent'),
        clock: systemClock,
      });
      return { url: agent.uiUrl, close: agent.close };
    }),
  );

program
  .command('network')
  .description('run the network backend alone (embedded: SQLite)')
  .addOption(homeOption())
  .option('--port <port>', 'loopback port', port, NETWORK_PORT)
  .option('--receipt-interval <ms>', 'how often workers sign a usage receipt', wholeMs)
  .action((options: { home?: string; port: number; receiptInterval?: number }) =>
    serve(async () => {
      const { startNetwork } = await import('../network/network.ts');
      return startNetwork({
        dataDir: openHome(options.home).networkDir,
        host: '127.0.0.1',
        port: options.port,
        logger: createLogger('network'),
        clock: systemClock,
        ...(options.receiptInterval !== undefined && { options: { receiptIntervalMs: options.receiptInterval } }),
      });
    }),
  );

addJobCommands(program, homeOption);
addWorkerCommands(program, homeOption);
addDeviceCommands(program, homeOption);
addBenchmarkCommands(program, homeOption);
addDoctorCommand(program, homeOption);
addSandboxCommands(program, homeOption);
addAccountCommands(program, homeOption);

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(); // `nightshift ... | head` has seen enough
  throw error;
});

try {
  await program.parseAsync(process.argv);
} catch (error) {
  reportFailure(error);
}
