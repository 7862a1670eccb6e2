import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { Device } from '../../contract/model/device.ts';
import type { Logger } from '../../lib/log.ts';

const ASK_MS = 20_000;
const ASK = `const si = require(process.argv[1]);
Promise.all([si.cpu(), si.mem()]).then(([cpu, memory]) =>
  process.stdout.write(JSON.stringify({ manufacturer: cpu.manufacturer, brand: cpu.brand, cores: cpu.cores, totalBytes: memory.total })))`;
const answer = z.object({ manufacturer: z.string(), brand: z.string(), cores: z.int(), totalBytes: z.int() });

/**
 * What this machine can offer. Today that is its processor, as a device of class `cpu`: always labelled so and never counted
 * as a GPU. The id is stable for a worker's key, so it survives reboots and is unique in a network.
 */
export async function takeInventory(workerPublicKey: string, logger: Logger): Promise<readonly Device[]> {
  const { source, manufacturer, brand, cores, totalBytes } = await askHost(logger);
  const id = createHash('sha256').update(`${workerPublicKey}/cpu/0`).digest('hex').slice(0, 24);
  const name = `${manufacturer} ${brand}`.trim();
  return [
    {
      id: `dev_${id}`,
      class: 'cpu',
      name: name === '' ? 'Processor' : name,
      vendor: manufacturer === '' ? null : manufacturer,
      cores: cores > 0 ? cores : null,
      memoryBytes: totalBytes > 0 ? totalBytes : null,
      source,
    },
  ];
}

/** Asked once and in a process of its own: systeminformation would keep 8 MB in an agent that may have 100. */
async function askHost(logger: Logger): Promise<z.infer<typeof answer> & { readonly source: string }> {
  try {
    const library = createRequire(import.meta.url).resolve('systeminformation');
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', ASK, library], { env, timeout: ASK_MS, windowsHide: true });
    return { ...answer.parse(JSON.parse(stdout)), source: 'systeminformation' };
  } catch (error) {
    logger.warn({ error }, 'systeminformation does not tell about this machine; Node does');
    return { manufacturer: '', brand: cpus()[0]?.model ?? '', cores: availableParallelism(), totalBytes: totalmem(), source: 'node' };
  }
}
