import type { Command, Option } from 'commander';
import { ProblemError } from '../../contract/model/problem.ts';
import { settingKey } from '../../contract/model/settings.ts';
import type { WorkerState } from '../../contract/worker-api.ts';
import { type AgentClient, readState, withAgent } from '../agent-client.ts';
import { openHome } from '../home.ts';
import { parseDurationMs } from '../job/units.ts';
import { cross, duration, line, money, plainText, table, tick } from '../print.ts';

/** `nightshift worker ...` and `nightshift settings ...`: the owner's side, through the agent of this machine. */
export function addWorkerCommands(program: Command, homeOption: () => Option): void {
  const worker = program.command('worker').description('own: what this machine does and may do');
  const on = (parent: Command, name: string, description: string): Command =>
    parent.command(name).description(description).addOption(homeOption());
  const agent = <T>(options: { home?: string }, use: (client: AgentClient) => Promise<T>): Promise<T> =>
    withAgent(openHome(options.home), use);

  on(worker, 'status', 'what runs, or why nothing does')
    .option('--json', 'print JSON', false)
    .action(async (options: { home?: string; json: boolean }) => {
      const state = await agent(options, readState);
      line(options.json ? JSON.stringify(state, null, 2) : statusText(state));
    });
  on(worker, 'run-now', 'run the next job although Nightshift cannot tell whether you are here').action(
    async (options: { home?: string }) => {
      await agent(options, (client) => client.presence.runNow());
      line(`${tick} The next job may run now: one job, then automatic again.`);
    },
  );
  on(worker, 'pause', 'pause; automatic mode comes back by itself')
    .option('--for <duration>', 'such as 1h (default: until resumed)')
    .action(async (options: { home?: string; for?: string }) => {
      const forMs = options.for === undefined ? null : parseDurationMs(options.for);
      if (options.for !== undefined && forMs === null)
        throw new ProblemError('invalid-request', `${options.for} is no duration.`, 'Write it like 30m or 1h.');
      await agent(options, (client) => client.presence.pause({ forMs }));
      line(`${tick} Paused${forMs === null ? ' until you resume' : ` for ${duration(forMs)}`}.`);
    });
  on(worker, 'resume', 'back to automatic').action(async (options: { home?: string }) => {
    await agent(options, (client) => client.presence.resume());
    line(`${tick} Automatic.`);
  });
  on(worker, 'enrol <network> <token>', 'join a network with an enrolment token').action(
    async (networkUrl: string, token: string, options: { home?: string }) => {
      const { workerId } = await agent(options, (client) => client.enrolment.enrol({ networkUrl, token }));
      line(`${tick} Enrolled as ${workerId}.`);
    },
  );
  on(worker, 'receipts <lease>', 'the receipts of a lease, both signatures checked')
    .option('--json', 'print JSON', false)
    .action(async (leaseId: string, options: { home?: string; json: boolean }) => {
      const found = await agent(options, (client) => client.earnings.receipts({ leaseId }));
      if (options.json) {
        line(JSON.stringify(found, null, 2));
        return;
      }
      const mark = (valid: boolean | null): string => (valid === null ? 'waiting' : valid ? 'valid' : 'NOT VALID');
      const rows = found.receipts.map(({ receipt, workerSignatureValid, networkSignatureValid }) => [
        String(receipt.interval),
        duration(receipt.cumulativeUnfrozenMs),
        money(receipt.chargeMicro, receipt.currency),
        mark(workerSignatureValid),
        mark(networkSignatureValid),
      ]);
      line(table([['#', 'TIME SO FAR', 'CHARGE SO FAR', 'WORKER', 'NETWORK'], ...rows]));
      if (found.invoice) line(`invoice signed by the network: ${mark(found.invoice.valid)}`);
    });

  const settings = program.command('settings').description("this worker's settings");
  on(settings, 'list', 'every setting, its value and where it comes from').action(async (options: { home?: string }) => {
    const { settings: view } = await agent(options, readState);
    line(
      table([
        ['SETTING', 'VALUE', 'FROM'],
        ...settingKey.options.map((key) => [
          key,
          JSON.stringify(view.values[key]),
          `${view.layerOf[key]}${view.locked.includes(key) ? ' (locked)' : ''}`,
        ]),
      ]),
    );
  });
  on(settings, 'set <setting> <value>', 'set one').action(async (key: string, value: string, options: { home?: string }) => {
    const view = await agent(options, (client) => client.settings.set({ key: knownKey(key), value: parseValue(value) }));
    line(`${tick} ${key} = ${JSON.stringify(view.values[knownKey(key)])}`);
  });
  on(settings, 'reset <setting>', 'back to the policy or the default').action(async (key: string, options: { home?: string }) => {
    const view = await agent(options, (client) => client.settings.reset({ key: knownKey(key) }));
    line(`${tick} ${key} = ${JSON.stringify(view.values[knownKey(key)])}`);
  });
}

function knownKey(text: string): (typeof settingKey.options)[number] {
  const parsed = settingKey.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new ProblemError('invalid-request', `There is no setting ${text}.`, `There are: ${settingKey.options.join(', ')}.`);
}

function parseValue(text: string): boolean | number | string {
  if (text === 'true' || text === 'false') return text === 'true';
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

function statusText(state: WorkerState): string {
  const { presence, earnings } = state;
  const lines = [
    presence.decision === 'run'
      ? `${tick} ${state.leases.length > 0 ? 'Working' : 'Ready: waiting for a job'}`
      : `${cross} Not working now:`,
    ...presence.reasons.map((reason) => `  ${reason.detail}${reason.fix === null ? '' : ` ${reason.fix}`}`),
    ...state.leases.map(
      (lease) =>
        `  ${plainText(lease.jobName)}: ${lease.step}, ${duration(lease.unfrozenMs)}, ${money(lease.netMicro, earnings.currency)} so far`,
    ),
    ...state.devices.map((device) => `  ${device.name}${device.class === 'cpu' ? ' (CPU, not a GPU)' : ''}`),
    `  today ${money(earnings.todayNetMicro, earnings.currency)}, pending ${money(earnings.pendingMicro, earnings.currency)}, available ${money(earnings.availableMicro, earnings.currency)}`,
  ];
  return lines.join('\n');
}
