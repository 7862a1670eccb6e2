import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The processes of a container, as the kernel tells about them. */
export interface ContainerProcesses {
  /** Whether nothing of it is left: its control group is empty or removed, and every process ever seen in it is gone. */
  allGone(): boolean;
}

const CGROUP_ROOT = '/sys/fs/cgroup';

/** @param pid of the container's first process, while it runs */
export function containerProcesses(pid: number): ContainerProcesses {
  const groupFile = groupProcsFile(readFileSync(`/proc/${pid}/cgroup`, 'utf8'));
  const seen = new Set<number>([pid]);
  const readGroup = (): readonly number[] => (readIfThere(groupFile) ?? '').split('\n').filter(Boolean).map(Number);
  for (const each of readGroup()) seen.add(each);
  if (seen.size < 2) throw new Error(`${groupFile} does not show the processes of the container of process ${pid}`);
  return {
    allGone() {
      const now = readGroup();
      for (const each of now) seen.add(each);
      return now.length === 0 && [...seen].every((each) => readIfThere(`/proc/${each}/stat`) === null);
    },
  };
}

/** cgroups(7): `<id>:<controllers>:<path>` a line. Version 2 has the one line `0::`; of version 1, the freezer is the controller that matters here. */
function groupProcsFile(cgroups: string): string {
  const lines = cgroups.trim().split('\n');
  const freezer = lines.find((line) => line.split(':')[1] === 'freezer');
  const path = (freezer ?? lines.find((line) => line.startsWith('0::')) ?? '').split(':').slice(2).join(':');
  return join(CGROUP_ROOT, freezer === undefined ? '' : 'freezer', path, 'cgroup.procs');
}

/** Null: no such process or group, or it went away while it was read (ESRCH, ENODEV). */
function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'ENODEV') return null;
    throw error;
  }
}
