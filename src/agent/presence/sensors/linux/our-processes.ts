import { join } from 'node:path';
import { readText } from './system-files.ts';

/** A line of /proc/<pid>/cgroup: `id:controllers:path`; version 2 has no controllers (cgroups(7)). */
interface CgroupLine {
  readonly controllers: string;
  readonly path: string;
}

const MOUNT = '/sys/fs/cgroup/';
/** Jobs and benchmarks are no further from the agent than this. */
const MAX_GENERATIONS = 16;

export function parseCgroupLines(text: string): readonly CgroupLine[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    // A process that is about to be gone may outlive its cgroup.
    return match === null ? [] : [{ controllers: match[1] ?? '', path: (match[2] ?? '').replace(/ \(deleted\)$/, '') }];
  });
}

/** Whether a process with this /proc/<pid>/cgroup lives in one of these cgroups or below, given by their folders. */
export function isInCgroups(cgroupText: string, folders: readonly string[]): boolean {
  if (folders.length === 0) return false;
  const lines = parseCgroupLines(cgroupText);
  return folders.some((folder) => {
    const mountAt = folder.indexOf(MOUNT);
    if (mountAt < 0) return false;
    const below = folder.slice(mountAt + MOUNT.length - 1).replace(/\/+$/, '');
    const hierarchy = below.split('/', 2)[1] ?? '';
    const inHierarchy = below.slice(hierarchy.length + 1);
    return lines.some(({ controllers, path }) => {
      const isWithin = (top: string): boolean => top.length > 1 && (path === top || path.startsWith(`${top}/`));
      // Version 2 is mounted alone, or beside version 1 at "unified"; version 1 has a folder per hierarchy: "cpuacct", "cpu,cpuacct", "systemd".
      if (controllers === '') return isWithin(hierarchy === 'unified' ? inHierarchy : below);
      const isHierarchy = controllers === hierarchy || controllers === `name=${hierarchy}` || controllers.split(',').includes(hierarchy);
      return isHierarchy && isWithin(inHierarchy);
    });
  });
}

/** Whether a process belongs to one of our jobs, is the agent, or descends from it (a benchmark). False for one that is gone. */
export function isOurs(procFolder: string, pid: number, jobCgroups: readonly string[], agentPid: number): boolean {
  const cgroup = readText(join(procFolder, String(pid), 'cgroup'));
  if (cgroup.ok && isInCgroups(cgroup.text, jobCgroups)) return true;
  let ancestor = pid;
  for (let generation = 0; generation < MAX_GENERATIONS && ancestor > 1; generation += 1) {
    if (ancestor === agentPid) return true;
    const stat = readText(join(procFolder, String(ancestor), 'stat'));
    if (!stat.ok) return false;
    // The program's name, in parentheses, may hold anything; the state and the parent follow its end (proc_pid_stat(5)).
    ancestor = Number(stat.text.slice(stat.text.lastIndexOf(')') + 2).split(' ', 2)[1] ?? 0);
  }
  return false;
}
