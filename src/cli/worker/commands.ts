import type { Command, Option } from 'commander';
import * as z from 'zod';
import { ProblemError } from '../../contract/model/problem.ts';
import { settingKey } from '../../contract/model/settings.ts';
import type { PauseKind } from '../../contract/worker-api.ts';
import { type AgentClient, readState, withAgent } from '../agent-client.ts';
import { openHome } from '../home.ts';
import { parseDurationMs } from '../job/units.ts';
import { cross, duration, line, money, table, tick } from '../print.ts';
import { parseSchedule, scheduleText } from './schedule-text.ts';
import { statusText, whyText, yieldsText } from './texts.ts';

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
    .option('--for <duration>', 'such as 30m or 8h (default: 1h)')
    .option('--until-tomorrow', 'until six in the morning', false)
    .option('--finish-job', 'let the running job finish, then take nothing new until six in the morning', false)
    .action(async (options: { home?: string } & PauseOptions) => {
      const kind = pauseKindOf(options);
      const { presence } = await agent(options, async (client) => {
        await client.presence.pause(kind);
        return readState(client);
      });
      const until = 'untilMs' in presence.mode ? ` until ${new Date(presence.mode.untilMs).toLocaleString()}` : '';
      line(`${tick} ${kind.kind === 'finish-job' ? 'Nothing new starts' : 'Paused'}${until}; then automatic again.`);
    });
  on(worker, 'resume', 'back to automatic').action(async (options: { home?: string }) => {
    await agent(options, (client) => client.presence.resume());
    line(`${tick} Automatic.`);
  });
  on(worker, 'schedule [hours]', 'the hours in which work may run; set them with "Mon-Fri 22-7; Sat,Sun 0-24", "always" or "never"').action(
    async (hours: string | undefined, options: { home?: string }) => {
      const masks = hours === undefined ? null : parseSchedule(hours);
      const { values } = await agent(options, async (client) =>
        masks === null ? (await readState(client)).settings : client.settings.set({ key: 'schedule.hours', value: masks }),
      );
      line(`${scheduleText(values['schedule.hours'])}\nTime zone: ${values['schedule.timeZone'] ?? "this machine's"}`);
    },
  );
  on(worker, 'why', 'why this machine is not earning: now, and where its time went')
    .option('--week', 'the last seven days (default: today)', false)
    .option('--json', 'print JSON', false)
    .action(async (options: { home?: string; week: boolean; json: boolean }) => {
      const [state, report] = await agent(options, (client) =>
        Promise.all([readState(client), client.time.report({ range: options.week ? 'week' : 'today' })]),
      );
      line(options.json ? JSON.stringify({ presence: state.presence, report }, null, 2) : whyText(state, report));
    });
  on(worker, 'sensors', 'which signals of presence work on this machine, and how to fix the rest')
    .option('--json', 'print JSON', false)
    .action(async (options: { home?: string; json: boolean }) => {
      const { sensors } = await agent(options, readState);
      const mark = { works: tick, unknown: cross, absent: '-' };
      line(
        options.json
          ? JSON.stringify(sensors, null, 2)
          : table(
              sensors.map((each) => [
                `${mark[each.state]} ${each.signal}`,
                each.source,
                each.state,
                `${each.detail} ${each.fix ?? ''}`.trim(),
              ]),
            ),
      );
    });
  on(worker, 'yields', 'how fast the machine was given back to you, each time')
    .option('--json', 'print JSON', false)
    .action(async (options: { home?: string; json: boolean }) => {
      const { yields } = await agent(options, readState);
      line(options.json ? JSON.stringify(yields, null, 2) : yieldsText(yields));
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

/** JSON where it is some (numbers, true, null, lists), else the text itself. */
function parseValue(text: string): z.core.util.JSONType {
  try {
    return z.json().parse(JSON.parse(text));
  } catch {
    return text;
  }
}

interface PauseOptions {
  readonly for?: string;
  readonly untilTomorrow: boolean;
  readonly finishJob: boolean;
}

const HOUR_MS = 3_600_000;

function pauseKindOf(options: PauseOptions): PauseKind {
  if ([options.for !== undefined, options.untilTomorrow, options.finishJob].filter(Boolean).length > 1)
    throw new ProblemError('invalid-request', 'Only one kind of pause at a time.', 'Choose --for, --until-tomorrow or --finish-job.');
  if (options.untilTomorrow) return { kind: 'until-tomorrow' };
  if (options.finishJob) return { kind: 'finish-job' };
  const ms = options.for === undefined ? HOUR_MS : parseDurationMs(options.for);
  if (ms === null) throw new ProblemError('invalid-request', `${options.for} is no duration.`, 'Write it like 30m or 1h.');
  return { kind: 'for', ms };
}
