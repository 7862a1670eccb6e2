import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CgroupPaths, findCgroups } from './cgroup-path.ts';
import { type KernelFile, openKernelFile } from './kernel-file.ts';

/**
 * A running container's control group, written by ourselves: what is said here holds for the job when the call returns, or a moment later,
 * without the engine in between. No call throws: once the container is gone every write fails, and it counts as empty.
 */
export interface ControlGroup {
  /** Folder of the group that counts the job's processor time; null: it is out of sight. */
  readonly usageFolder: string | null;
  /** Orders the job's threads to stand still; false: the kernel refused. It is obeyed when `isFrozen` says so; repeat it where that takes long. */
  freeze(): boolean;
  thaw(): boolean;
  isFrozen(): boolean;
  /** Limits the job to so many processors' time; false: the kernel refused. */
  limitCpus(cpus: number): boolean;
  /** SIGTERM to the container's first process, which hands it on; false: it is gone. */
  terminate(): boolean;
  /** SIGKILL to all of the job, frozen or not. */
  kill(): void;
  /** Nothing of the job lives any more. */
  isEmpty(): boolean;
  close(): void;
}

/** The period that engines set with a limit of processors; the kernel's own default (sched-bwc.rst). */
const PERIOD_US = 100_000;
/** The kernel refuses less than 1 ms of each period (sched-bwc.rst). */
const MIN_QUOTA_US = 1_000;

/**
 * Opens the control group of a container, given its full id and the pid of its first process as the engine tells them. Null where this
 * process may not write it, or where the engine runs in another machine.
 */
export function openControlGroup(containerId: string, initPid: number): ControlGroup | null {
  let paths: CgroupPaths;
  try {
    paths = findCgroups(containerId, cgroupOf(initPid), readFileSync('/proc/self/mountinfo', 'utf8'));
  } catch {
    return null; // no such process here, or no such system
  }
  return controlGroupAt(paths, () => cgroupOf(initPid).includes(containerId) && process.kill(initPid, 'SIGTERM'));
}

const cgroupOf = (pid: number): string => readFileSync(`/proc/${pid}/cgroup`, 'utf8');

/**
 * As `openControlGroup`, where the groups are known. Of two freezers it takes the newer one, and leaves the other to the engine: runc's
 * pause refuses a container that stands still already in the freezer which it uses itself ("container not running").
 */
export function controlGroupAt(paths: CgroupPaths, terminate: () => boolean): ControlGroup | null {
  const open: KernelFile[] = [];
  const opened = (folder: string | null, name: string, mode: 'r' | 'r+' | 'w'): KernelFile | null => {
    const file = folder === null ? null : openKernelFile(join(folder, name), mode);
    if (file) open.push(file);
    return file;
  };
  const close = (): void => {
    for (const file of open) file.close();
  };

  const freeze = opened(paths.unified, 'cgroup.freeze', 'r+');
  const events = freeze === null ? null : opened(paths.unified, 'cgroup.events', 'r');
  const state = opened(paths.freezer, 'freezer.state', 'r+');
  const procs = opened(events === null ? paths.freezer : paths.unified, 'cgroup.procs', 'r');
  const freezer = freeze !== null && events !== null ? unifiedFreezer(freeze, events) : state !== null ? v1Freezer(state) : null;
  if (freezer === null || procs === null) {
    close();
    return null;
  }
  const killFile = opened(paths.unified, 'cgroup.kill', 'w'); // since Linux 5.14; it cannot be read
  const max = opened(paths.unified, 'cpu.max', 'r+');
  const quota = max === null ? opened(paths.cpu, 'cpu.cfs_quota_us', 'r+') : null;
  const period = quota === null ? null : opened(paths.cpu, 'cpu.cfs_period_us', 'r');

  const pids = (): readonly number[] =>
    procs
      .read()
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 0); // 0: a process that this pid namespace cannot see

  return {
    ...freezer,
    usageFolder: paths.usage,
    limitCpus(cpus) {
      const periodUs = Number(period?.read()) || PERIOD_US;
      const quotaUs = Math.max(MIN_QUOTA_US, Math.round(cpus * periodUs));
      return max?.write(`${quotaUs} ${periodUs}`) ?? quota?.write(String(quotaUs)) ?? false;
    },
    terminate: () => signalled(terminate),
    kill() {
      if (!killFile?.write('1')) {
        freezer.freeze(); // so that none forks away meanwhile, and no number is given to another program
        for (const pid of pids()) signalled(() => process.kill(pid, 'SIGKILL'));
        freezer.thaw(); // version 1 delivers signals only then
      }
      state?.write('THAWED'); // where the engine holds it still
    },
    // Podman's processes sit in a folder further down, of which version 2 tells here.
    isEmpty: () => (events === null ? pids().length === 0 : !/^populated 1$/m.test(events.read())),
    close,
  };
}

type Freezer = Pick<ControlGroup, 'freeze' | 'thaw' | 'isFrozen'>;

/** Version 2 (cgroup-v2.rst): `cgroup.events` says when all of the group stands still. */
function unifiedFreezer(freeze: KernelFile, events: KernelFile): Freezer {
  return {
    freeze: () => freeze.write('1'),
    thaw: () => freeze.write('0'),
    isFrozen: () => /^frozen 1$/m.test(events.read()),
  };
}

/** Version 1 (freezer-subsystem.rst): FREEZING until the last thread stands still; writing FROZEN again tries those that did not. */
function v1Freezer(state: KernelFile): Freezer {
  return {
    freeze: () => state.write('FROZEN'),
    thaw: () => state.write('THAWED'),
    isFrozen: () => state.read().trim() === 'FROZEN',
  };
}

function signalled(send: () => boolean): boolean {
  try {
    return send();
  } catch {
    return false; // it is gone, or not ours to signal; the engine is asked besides
  }
}
