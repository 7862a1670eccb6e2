import { createHash } from 'node:crypto';
import type { DeviceFacts } from './vendors/vendor.ts';

/**
 * The id of a device, the same over restarts and reboots and unlike every other worker's: by the maker's UUID, with which it stays the same
 * in another slot, else by place and model. The processor's is older than this scheme.
 */
export function deviceId(
  workerPublicKey: string,
  facts: Pick<DeviceFacts, 'kind' | 'name' | 'place' | 'uuid' | 'busId' | 'pciId'>,
): string {
  const { kind, name, place, uuid, busId, pciId } = facts;
  const own =
    kind === 'cpu'
      ? 'cpu/0'
      : kind === 'software'
        ? `software/${name}`
        : uuid !== null
          ? `gpu/${uuid}`
          : `gpu/${busId ?? place}/${pciId ?? name}`;
  return `dev_${createHash('sha256').update(`${workerPublicKey}/${own}`).digest('hex').slice(0, 24)}`;
}
