import { readdirSync, readFileSync } from 'node:fs';

/** What one process has used since it started, and holds now. */
export interface ProcessCost {
  readonly pid: number;
  /** User and system time of all its threads, and of the children it has waited for, ms. */
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** USER_HZ, in which the kernel gives times to programs: 100 on every architecture that Node runs on (proc(5)). */
const TICK_MS = 10;

/** Null: there is no such process any more. */
export function readCost(pid: number): ProcessCost | null {
  const stat = statFields(pid);
  if (!stat) return null;
  const status = readIfThere(`/proc/${pid}/status`) ?? '';
  // proc(5), counted from the state, which is field 3: utime, stime, cutime and cstime are fields 14 to 17
  const cpuTicks = stat.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
  return { pid, cpuMs: cpuTicks * TICK_MS, residentBytes: Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024 };
}

/** The processes that a process has started, and those that these have started; and whatever else names `mark` on its command line. */
export function helpersOf(pid: number, mark: string): readonly number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    const parent = /^\d+$/.test(entry) ? statFields(Number(entry))?.[1] : undefined;
    if (parent !== undefined) parents.set(Number(entry), Number(parent));
  }
  const isBelow = (each: number): boolean => {
    const parent = parents.get(each);
    return parent !== undefined && (parent === pid || isBelow(parent));
  };
  return [...parents.keys()].filter((each) => each !== pid && (isBelow(each) || readIfThere(`/proc/${each}/cmdline`)?.includes(mark)));
}

/** From the state on: what comes before, the name, may hold anything. */
function statFields(pid: number): readonly string[] | null {
  const text = readIfThere(`/proc/${pid}/stat`);
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // it has ended
  }
}
