import type { Command, Option } from 'commander';
import { ProblemError } from '../../contract/model/problem.ts';
import { hasPassed } from '../../contract/model/sandbox.ts';
import { signatureContext } from '../../contract/session-api.ts';
import { verifySignature } from '../../lib/signing.ts';
import { type AgentClient, readState, withAgent } from '../agent-client.ts';
import { exitCode } from '../exit-codes.ts';
import { openHome } from '../home.ts';
import { line } from '../print.ts';
import { stopSignal } from '../start/stop-signal.ts';
import { beginStep } from '../steps.ts';
import { type RunningCheck, runCheck } from './check.ts';
import type { CheckEnd } from './check-end.ts';
import { checkJson, checkText, connectionsText, reportText } from './texts.ts';

interface Options {
  readonly home?: string;
  readonly json: boolean;
}

/** `nightshift sandbox ...`: whether the sandbox of this machine holds, and what jobs connected to. */
export function addSandboxCommands(program: Command, homeOption: () => Option): void {
  const sandbox = program
    .command('sandbox')
    .description('own: test what keeps jobs away from this machine, and see what they connected to');
  const command = (name: string, description: string): Command =>
    sandbox.command(name).description(description).addOption(homeOption()).option('--json', 'print JSON', false);
  const agent = <T>(options: Options, use: (client: AgentClient) => Promise<T>): Promise<T> => withAgent(openHome(options.home), use);

  command('check', 'attack the sandbox from inside, in a container started exactly as a job is')
    .addHelpText(
      'after',
      '\nExits with 0 where the sandbox holds, with 1 where an attack got through, with 2 where the check could not run. Ctrl-C cancels it.',
    )
    .action(async (options: Options) => {
      const end = await agent(options, (client) => (options.json ? runCheck(client, stopSignal(), () => undefined) : shownCheck(client)));
      if (end.kind === 'failed') throw new ProblemError('engine-lost', end.detail, end.fix);
      if (end.kind === 'cancelled') {
        process.stderr.write('The check was cancelled; nothing of it is kept.\n');
        process.exitCode = exitCode.interrupted;
        return;
      }
      line(options.json ? JSON.stringify(checkJson(end.signed), null, 2) : checkText(end.signed.report));
      if (!hasPassed(end.signed.report)) process.exitCode = exitCode.attackGotThrough;
    });

  command('report', 'the last report, its signature checked').action(async (options: Options) => {
    const { worker, sandbox: held } = await agent(options, readState);
    if (held.report === null)
      throw new ProblemError('not-found', 'This sandbox has not been checked yet.', 'Check it: npx nightshift sandbox check');
    const { report, signature } = held.report;
    const signatureValid =
      report.workerPublicKey === worker.publicKey && verifySignature(worker.publicKey, signatureContext.sandboxReport, report, signature);
    const standing = { signatureValid, isCurrent: held.isCurrent };
    line(
      options.json ? JSON.stringify({ report, signature, passed: hasPassed(report), ...standing }, null, 2) : reportText(report, standing),
    );
  });

  command('connections <lease>', 'what the job of a lease connected to, or tried to').action(async (leaseId: string, options: Options) => {
    const { connections } = await agent(options, (client) => client.sandbox.connections({ leaseId }));
    line(options.json ? JSON.stringify(connections, null, 2) : connectionsText(connections));
  });
}

/** With its progress in a line that lives while it runs. */
async function shownCheck(client: AgentClient): Promise<CheckEnd> {
  const step = beginStep('Checking the sandbox');
  const show = ({ probes, total, current }: RunningCheck): void => {
    // Elsewhere each update would be a line of its own.
    if (process.stdout.isTTY) step.update(current === null ? 'making the container ready' : `${probes.length} of ${total}, ${current}`);
  };
  try {
    const end = await runCheck(client, stopSignal(), show);
    if (end.kind === 'done') step.done(`Checked ${end.signed.report.probes.length} attacks`);
    else step.failed(end.kind === 'cancelled' ? 'Cancelled' : 'The check could not be finished');
    return end;
  } catch (error) {
    step.failed('The check could not be made');
    throw error;
  }
}
