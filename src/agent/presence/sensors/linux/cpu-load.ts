import { join } from 'node:path';
import type { Reading, Sensor, SensorContext } from '../../signals.ts';
import { type KeptFile, keepFile, readWord, wholeNumber } from './system-files.ts';

const SOURCE = 'proc';
/** The kernel counts in hundredths of a second (USER_HZ is 100 on every architecture that Node runs on): a shorter interval says little. */
const SAMPLE_EVERY_MS = 500;
const WINDOW_MS = 5_000;
const TICK_MICROS = 10_000;

/** What was used when, microseconds of processor time. */
interface Sample {
  readonly atMs: number;
  readonly totalMicros: number;
  readonly busyMicros: number;
  readonly ownMicros: number;
  readonly jobMicros: ReadonlyMap<string, number>;
}

interface Interval {
  readonly endMs: number;
  readonly totalMicros: number;
  readonly othersMicros: number;
}

export interface CpuLoadOptions {
  /** Folders of our jobs' cgroups that count processor time: version 2, or version 1's cpuacct. */
  readonly jobCgroups: () => readonly string[];
  /** What the agent's own process has used since its start. */
  readonly ownCpuMicros: () => number;
}

/** The share of all processor time that neither our jobs nor the agent used, over the last five seconds. */
export async function openCpuLoad(context: SensorContext, options: CpuLoadOptions): Promise<Sensor<'cpu'> | null> {
  const stat = keepFile(join(context.root, 'proc/stat'));
  const jobs = new Map<string, KeptFile>();
  let last = sample();
  if (last === null) {
    stat.close();
    return null;
  }
  let intervals: readonly Interval[] = [];
  let share: number | null = null;
  let isBroken = false;

  function sample(): Sample | null {
    const file = stat.read();
    const times = file.ok ? parseTimes(file.text) : null;
    return times && { ...times, atMs: context.monotonicMs(), ownMicros: options.ownCpuMicros(), jobMicros: jobMicros() };
  }

  /** A cgroup that cannot be read is gone. */
  function jobMicros(): ReadonlyMap<string, number> {
    const folders = options.jobCgroups();
    for (const [folder, file] of jobs) {
      if (folders.includes(folder)) continue;
      file.close();
      jobs.delete(folder);
    }
    const used = new Map<string, number>();
    for (const folder of folders) {
      const file = jobs.get(folder) ?? keepFile(usageFile(folder));
      jobs.set(folder, file);
      const micros = parseUsage(file);
      if (micros === null) {
        file.close();
        jobs.delete(folder);
      } else used.set(folder, micros);
    }
    return used;
  }

  function measure(now: Sample): void {
    const before = last;
    last = now;
    // What a job used between the last look and its end is known to nobody: such an interval would blame others for it.
    const hasEnded = before !== null && [...before.jobMicros.keys()].some((folder) => !now.jobMicros.has(folder));
    if (before !== null && !hasEnded && now.totalMicros > before.totalMicros) {
      let ours = now.ownMicros - before.ownMicros;
      for (const [folder, micros] of now.jobMicros) ours += Math.max(0, micros - (before.jobMicros.get(folder) ?? 0));
      const othersMicros = Math.max(0, now.busyMicros - before.busyMicros - ours);
      intervals = [...intervals, { endMs: now.atMs, totalMicros: now.totalMicros - before.totalMicros, othersMicros }];
    }
    intervals = intervals.filter(({ endMs }) => now.atMs - endMs < WINDOW_MS);
    const total = intervals.reduce((sum, { totalMicros }) => sum + totalMicros, 0);
    if (total > 0) share = Math.min(1, intervals.reduce((sum, { othersMicros }) => sum + othersMicros, 0) / total);
  }

  return {
    signal: 'cpu',
    source: SOURCE,
    pace: 'calm', // it is a mean over five seconds
    read(): Reading<{ readonly shareByOthers: number }> {
      if (last === null || context.monotonicMs() - last.atMs >= SAMPLE_EVERY_MS) {
        const now = sample();
        isBroken = now === null;
        if (now !== null) measure(now);
      }
      if (isBroken)
        return {
          kind: 'unknown',
          source: SOURCE,
          detail: '/proc/stat cannot be read.',
          fix: 'Let Nightshift read /proc, or restart the machine.',
        };
      if (share === null)
        return { kind: 'unknown', source: SOURCE, detail: 'The first half second of processor use is still being measured.', fix: null };
      return { kind: 'known', source: SOURCE, value: { shareByOthers: share } };
    },
    close() {
      stat.close();
      for (const file of jobs.values()) file.close();
    },
  };
}

/** The first line of /proc/stat (proc_stat(5)). Waiting for disks and time taken by a hypervisor are no use; guests are in `user` already. */
function parseTimes(text: string): { readonly totalMicros: number; readonly busyMicros: number } | null {
  const fields = /^cpu +(\d[\d ]*)$/m.exec(text)?.[1]?.trim().split(/ +/).map(Number);
  if (fields === undefined) return null;
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = fields;
  const busy = user + nice + system + irq + softirq;
  return { totalMicros: (busy + idle + iowait + steal) * TICK_MICROS, busyMicros: busy * TICK_MICROS };
}

/** Version 1 has a cpu.stat as well, without the usage. */
function usageFile(folder: string): string {
  const stat = join(folder, 'cpu.stat');
  return readWord(stat)?.includes('usage_usec') ? stat : join(folder, 'cpuacct.usage');
}

function parseUsage(kept: KeptFile): number | null {
  const file = kept.read();
  if (!file.ok) return null;
  const micros = /^usage_usec (\d+)$/m.exec(file.text)?.[1];
  if (micros !== undefined) return Number(micros);
  const nanos = wholeNumber(file);
  return nanos === null ? null : nanos / 1_000;
}
