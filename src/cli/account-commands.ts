import type { Command, Option } from 'commander';
import { cloudClient, readCredentials } from './cloud-client.ts';
import { openHome } from './home.ts';
import { line, money } from './print.ts';

/** `nightshift account`: the renter's balance. */
export function addAccountCommands(program: Command, homeOption: () => Option): void {
  program
    .command('account')
    .description('rent: your account and its credits')
    .addOption(homeOption())
    .option('--network <url>', 'network address')
    .option('--key <key>', 'API key')
    .option('--json', 'print JSON', false)
    .action(async (options: { home?: string; network?: string; key?: string; json: boolean }) => {
      const credentials = readCredentials(openHome(options.home), options);
      const me = await cloudClient(credentials.networkUrl, credentials.apiKey).accounts.me();
      if (options.json) {
        line(JSON.stringify(me, null, 2));
        return;
      }
      line(`${me.name} (${me.id})`);
      line(`  available  ${money(me.balance.availableMicro, me.currency)}`);
      line(`  held       ${money(me.balance.heldMicro, me.currency)}`);
    });
}
