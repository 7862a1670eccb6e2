import { type Command, Option } from 'commander';
import { type TelemetryRange, telemetryRange } from '../../contract/model/telemetry.ts';
import { type AgentClient, readState, withAgent } from '../agent-client.ts';
import { openHome } from '../home.ts';
import { line, plainText, tick } from '../print.ts';
import { findDevice } from './find-device.ts';
import { historyText, listText, showText } from './texts.ts';

interface Options {
  readonly home?: string;
  readonly json: boolean;
}

/** `nightshift devices ...`: what is in this machine, how it is, what it does and did. An id may be as short as it is unique. */
export function addDeviceCommands(program: Command, homeOption: () => Option): void {
  const devices = program.command('devices').description('own: the GPUs and the processor of this machine, and how they are');
  const command = (name: string, description: string): Command => devices.command(name).description(description).addOption(homeOption());
  const agent = <T>(options: { readonly home?: string }, use: (client: AgentClient) => Promise<T>): Promise<T> =>
    withAgent(openHome(options.home), use);
  const json = (value: unknown): void => line(JSON.stringify(value, null, 2));

  command('list', 'every device, its health and what it does now')
    .option('--json', 'print JSON', false)
    .action(async (options: Options) => {
      const state = await agent(options, readState);
      if (options.json) json(state.devices.map((device) => ({ ...device, now: state.telemetry[device.id] ?? null })));
      else line(listText(state));
    });

  command('show <device>', 'all that is known of one, and where from')
    .option('--json', 'print JSON', false)
    .action(async (written: string, options: Options) => {
      const state = await agent(options, readState);
      const device = findDevice(state.devices, written);
      if (options.json) json({ ...device, now: state.telemetry[device.id] ?? null });
      else line(showText(state, device));
    });

  command('history <device>', 'what one did: load, temperature, draw, memory, clock')
    .addOption(
      new Option('--range <range>', 'minutes: the last hour; days: the last week; ever: all')
        .choices(telemetryRange.options)
        .default('minutes'),
    )
    .option('--json', 'print JSON', false)
    .action(async (written: string, options: Options & { readonly range: TelemetryRange }) => {
      const history = await agent(options, async (client) => {
        const { id } = findDevice((await readState(client)).devices, written);
        return client.devices.history({ deviceId: id, range: options.range });
      });
      if (options.json) json(history);
      else line(historyText(history, Date.now()));
    });

  command('release <device>', 'end the quarantine of a device, once you have looked after it').action(
    async (written: string, options: { readonly home?: string }) => {
      const device = await agent(options, async (client) => {
        const found = findDevice((await readState(client)).devices, written);
        await client.devices.release({ deviceId: found.id });
        return found;
      });
      line(`${tick} ${plainText(device.name)} may work again.`);
    },
  );

  command('forget <device>', 'take a lost device off the list, once you have removed it').action(
    async (written: string, options: { readonly home?: string }) => {
      const device = await agent(options, async (client) => {
        const found = findDevice((await readState(client)).devices, written);
        await client.devices.forget({ deviceId: found.id });
        return found;
      });
      line(`${tick} ${plainText(device.name)} is missed no longer.`);
    },
  );

  command('rescan', 'look for devices anew, at once').action(async (options: { readonly home?: string }) => {
    const state = await agent(options, async (client) => {
      await client.devices.rescan();
      return readState(client);
    });
    line(listText(state));
  });
}
