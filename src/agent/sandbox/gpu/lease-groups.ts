import type { GpuGrant } from './gpu-request.ts';
import type { GpuSupport } from './gpu-support.ts';

/** GPUs that are leased together, and what a job on them is given. */
export interface LeaseGroup {
  readonly uuids: readonly string[];
  readonly grant: GpuGrant;
}

/** What can be leased of a machine's GPUs: each alone, or all together where a container sees them all; nothing where GPU jobs are not offered. */
export function leaseGroups(uuids: readonly string[], support: GpuSupport): readonly LeaseGroup[] {
  if (support.kind !== 'offered' || uuids.length === 0) return [];
  switch (support.leasedBy) {
    case 'machine':
      return [{ uuids, grant: { kind: 'machine' } }];
    case 'device':
      return uuids.map((uuid) => ({ uuids: [uuid], grant: { kind: 'device', uuid } }));
    default:
      return support.leasedBy satisfies never;
  }
}
