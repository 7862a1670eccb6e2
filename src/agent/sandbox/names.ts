/** Everything of ours in the engine bears these labels; nothing without them is ever touched. */
export const MANAGED_LABEL = 'nightshift.managed';
export const OWNER_LABEL = 'nightshift.worker';
export const LEASE_LABEL = 'nightshift.lease';
export const PART_LABEL = 'nightshift.part';

/** What a thing of a lease is for. */
export type Part = 'job' | 'filler' | 'volume' | 'holder' | 'proxy' | 'network';

/**
 * What a lease's things are called. All derive from its id, so that leftovers are found without any record of them. No two leases' share a
 * name, whatever their ids: a container's is the job's, or goes on after a dot, which no id has.
 */
export interface LeaseNames {
  readonly container: string;
  /** Never started: it only carries the archive upload into the volumes. */
  readonly filler: string;
  readonly jobVolume: string;
  readonly inputsVolume: string;
  readonly diskFile: string;
}

const LEASE_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const DISK_FILE = /^nightshift-(.+)-job\.ext4$/;

export const isLeaseId = (text: string): boolean => LEASE_ID.test(text);

export function namesOf(leaseId: string): LeaseNames {
  if (!isLeaseId(leaseId)) throw new TypeError(`not a lease id: ${JSON.stringify(leaseId)}`);
  const stem = `nightshift-${leaseId}`;
  return {
    container: stem,
    filler: `${stem}.filler`,
    jobVolume: `${stem}-job`,
    inputsVolume: `${stem}-in`,
    diskFile: `${stem}-job.ext4`,
  };
}

/** The lease a disk file belongs to, or null when the file is none of ours. */
export function leaseOfDiskFile(fileName: string): string | null {
  const leaseId = DISK_FILE.exec(fileName)?.[1];
  return leaseId !== undefined && isLeaseId(leaseId) ? leaseId : null;
}

export function labelsOf(owner: string, leaseId: string, part: Part): Record<string, string> {
  return { [MANAGED_LABEL]: '1', [OWNER_LABEL]: owner, [LEASE_LABEL]: leaseId, [PART_LABEL]: part };
}
