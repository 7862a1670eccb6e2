import { join } from 'node:path';
import { startAgent } from '../../src/agent/agent.ts';
import { openHome } from '../../src/cli/home.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/log.ts';

/** An agent as the program starts it, but on the machine that its arguments name: home, root, NVIDIA's library. */
const [home = '', root = '', nvmlLibrary = ''] = process.argv.slice(2);
const agent = await startAgent({
  dataDir: openHome(home).agentDir,
  uiPort: 0,
  uiRoot: join(import.meta.dirname, '..', '..', 'dist', 'renderer', 'worker'),
  logger: createLogger('agent', 'silent'),
  clock: systemClock,
  machine: { root, nvmlLibrary },
});
process.send?.('ready');
process.once('disconnect', () => {
  void agent.close().then(() => process.exit());
});
