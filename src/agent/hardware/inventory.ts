import { createHash } from 'node:crypto';
import si from 'systeminformation';
import type { Device } from '../../contract/model/device.ts';

/**
 * What this machine can offer. Today that is its processor, as a device of class `cpu`: always labelled so and never counted
 * as a GPU. The id is stable for a worker's key, so it survives reboots and is unique in a network.
 */
export async function takeInventory(workerPublicKey: string): Promise<readonly Device[]> {
  const [processor, memory] = await Promise.all([si.cpu(), si.mem()]);
  const id = createHash('sha256').update(`${workerPublicKey}/cpu/0`).digest('hex').slice(0, 24);
  const name = `${processor.manufacturer} ${processor.brand}`.trim();
  return [
    {
      id: `dev_${id}`,
      class: 'cpu',
      name: name === '' ? 'Processor' : name,
      vendor: processor.manufacturer === '' ? null : processor.manufacturer,
      cores: processor.cores > 0 ? processor.cores : null,
      memoryBytes: memory.total > 0 ? memory.total : null,
      source: 'systeminformation',
    },
  ];
}
