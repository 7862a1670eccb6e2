import { randomBytes } from 'node:crypto';
import type { LeaseSpec } from '../lease-spec.ts';
import type { Sandbox } from '../sandbox.ts';

/** What the check uses of the sandbox: the same as a lease. */
export type CheckedSandbox = Pick<
  Sandbox,
  'prepare' | 'start' | 'status' | 'log' | 'waitForExit' | 'collect' | 'terminate' | 'kill' | 'wipe'
>;

/** What a checked job is granted. The probes try to take a little more (resources/sandbox/probes/resources.c). */
const MEMORY_BYTES = 256 * 2 ** 20;
const DISK_BYTES = 32 * 2 ** 20;
/** Far above those that this worker gives to its leases, which it counts up from MIN_UID (store/lease-rows.ts). */
const FIRST_UID = 2_000_000_000;

/** The jobs of one check; whoever opens them calls `wipeAll`, whatever became of the check. */
export interface CheckJobs {
  readonly leaseIds: readonly string[];
  /** A new job, made and started exactly as a renter's is. Returns its lease. */
  start(command: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  /** As `start`, under the lease of an earlier job, and after what it left is wiped. */
  startAgain(leaseId: string, command: readonly string[]): Promise<void>;
  wipeAll(): Promise<void>;
}

const STEM = 'check-';
/** Whether a lease is no renter's but of a check. */
export const isCheckLease = (leaseId: string): boolean => leaseId.startsWith(STEM);

export function openCheckJobs(sandbox: CheckedSandbox, image: string, signal: AbortSignal): CheckJobs {
  const stem = `${STEM}${randomBytes(6).toString('hex')}`;
  const specs = new Map<string, LeaseSpec>();

  const prepareAndStart = async (spec: LeaseSpec): Promise<void> => {
    specs.set(spec.leaseId, spec);
    await sandbox.prepare(spec, signal, () => undefined);
    signal.throwIfAborted();
    await sandbox.start(spec.leaseId);
  };

  const wipeAll = async (): Promise<void> => {
    const wiped = await Promise.allSettled([...specs.keys()].map((leaseId) => sandbox.wipe(leaseId)));
    for (const result of wiped) if (result.status === 'rejected') throw result.reason;
  };

  return {
    get leaseIds() {
      return [...specs.keys()];
    },
    start: async (command, env = {}) => {
      const leaseId = `${stem}-${specs.size}`;
      await prepareAndStart({
        leaseId,
        uid: FIRST_UID + specs.size,
        image,
        command,
        env,
        inputsTar: null,
        checkpoint: null,
        memoryBytes: MEMORY_BYTES,
        diskBytes: DISK_BYTES,
        cpus: 1,
        gpu: null,
        network: { kind: 'none' },
      });
      return leaseId;
    },
    startAgain: async (leaseId, command) => {
      const spec = specs.get(leaseId);
      if (spec === undefined) throw new Error(`no job ${leaseId} in this check`);
      await sandbox.wipe(leaseId);
      await prepareAndStart({ ...spec, command });
    },
    wipeAll,
  };
}
