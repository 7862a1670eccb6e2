import type { Command, Option } from 'commander';
import { shareable } from '../../agent/doctor/doctor.ts';
import type { DoctorReport } from '../../contract/model/doctor.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import { systemClock } from '../../lib/clock.ts';
import { createLogger } from '../../lib/log.ts';
import { withAgent } from '../agent-client.ts';
import { type Home, openHome } from '../home.ts';
import { line } from '../print.ts';
import { doctorText } from './doctor-text.ts';

/** What the shell is told where nothing of this machine can be shared. */
const NOTHING_TO_SHARE = 3;

/** `nightshift doctor`: what is there, what is missing and how to fix it. */
export function addDoctorCommand(program: Command, homeOption: () => Option): void {
  program
    .command('doctor')
    .description('own: what this machine has, what it lacks to be shared, and how to fix it')
    .addOption(homeOption())
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `\nExits with 0 where something can be shared, with ${NOTHING_TO_SHARE} where nothing can. Works without an agent, an engine or admin rights.`,
    )
    .action(async (options: { readonly home?: string; readonly json: boolean }) => {
      const home = openHome(options.home);
      const asked = await askAgent(home);
      const report = asked ?? (await lookAlone(home));
      const shares = shareable(report);
      if (options.json) line(JSON.stringify({ ...report, shareable: shares }, null, 2));
      else {
        line(asked ? 'Told by the agent that runs here.\n' : 'No agent runs here: looked at without one.\n');
        line(doctorText(report, shares, process.stdout.isTTY ? process.stdout.columns : null));
      }
      if (shares.length === 0) process.exitCode = NOTHING_TO_SHARE;
    });
}

/** Null where no agent runs. */
async function askAgent(home: Home): Promise<DoctorReport | null> {
  try {
    return await withAgent(home, (client) => client.devices.doctor());
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'not-found') return null;
    throw error;
  }
}

async function lookAlone(home: Home): Promise<DoctorReport> {
  const { examineAlone } = await import('../../agent/doctor/examine-alone.ts');
  return examineAlone({
    root: '/',
    nvmlLibrary: null,
    dataDir: home.agentDir,
    env: process.env,
    clock: systemClock,
    logger: createLogger('doctor', process.env.NIGHTSHIFT_LOG ?? 'silent'), // what matters of it is in the report
  });
}
