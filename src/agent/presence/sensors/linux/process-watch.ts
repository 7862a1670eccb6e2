import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { keepFile } from './system-files.ts';

/** What is known of the processes of this machine, kept up to date at little cost. */
export interface ProcessWatch<T> {
  /** Looks at what is new, and again at a few of the others. Only processes that matter are told. */
  refresh(nowMs: number): ReadonlyMap<number, T>;
  /** The first look, at all that runs, in slices: where one look costs much, it would hold up the agent. Else the first refresh does it. */
  prepare(nowMs: number): Promise<void>;
  /** Forgets all, handing each to `forget`. */
  close(): void;
}

export interface ProcessWatchOptions<T> {
  readonly procFolder: string;
  /**
   * What is worth keeping of a process; null: nothing. `before` is what was found last, which may be changed and given back. A `thorough`
   * look trusts nothing of it: the number may have been given to another process.
   */
  readonly inspect: (pid: number, before: T | null, thorough: boolean) => T | null;
  readonly matters: (found: T) => boolean;
  /** Frees what was found of a process that is gone. */
  readonly forget: (found: T) => void;
}

/** Listing hundreds of processes costs more than anything else here. */
const LIST_EVERY_MS = 500;
/** A launcher becomes the program it starts (execve) without a new number, and a game opens the GPU a while after its start. */
const YOUNG_MS = 30_000;
const LOOK_AT_YOUNG_EVERY_MS = 1_000;
const LOOK_AT_MATTERING_EVERY_MS = 1_000;
/** Bounds one refresh where many programs start at once, as in a build. */
const MAX_LOOKS = 32;
/** Of those that are neither new nor young nor matter, this many are looked at in turn, every so many-th thoroughly. */
const OLD_AT_ONCE = 8;
const THOROUGH_EACH = 16;

interface Seen<T> {
  readonly sinceMs: number;
  lookedMs: number | null;
  found: T | null;
}

export function watchProcesses<T>({ procFolder, inspect, matters, forget }: ProcessWatchOptions<T>): ProcessWatch<T> {
  const seen = new Map<number, Seen<T>>();
  const found = new Map<number, T>();
  let turn: readonly number[] = [];
  let turnAt = 0;
  let round = 0;
  const newestPid = keepFile(join(procFolder, 'loadavg'));
  let listedAtPid: string | null = null;
  let listedMs = Number.NEGATIVE_INFINITY;

  function look(pid: number, process: Seen<T>, nowMs: number, thorough: boolean): void {
    process.lookedMs = nowMs;
    const before = process.found;
    process.found = inspect(pid, before, thorough);
    if (before !== null && before !== process.found) forget(before);
    if (process.found === null || !matters(process.found)) found.delete(pid);
    else found.set(pid, process.found);
  }

  function dropGone(present: ReadonlySet<number>): void {
    for (const [pid, process] of seen) {
      if (present.has(pid)) continue;
      seen.delete(pid);
      found.delete(pid);
      if (process.found !== null) forget(process.found);
    }
  }

  /** Lists processes, unless no number was given out since the last time: its newest stands at the end of loadavg (proc_loadavg(5)). */
  function list(nowMs: number): void {
    if (nowMs - listedMs < LIST_EVERY_MS) return;
    const file = newestPid.read();
    const newest = file.ok ? (file.text.split(' ').at(-1) ?? null) : null;
    if (newest !== null && newest === listedAtPid) return;
    listedAtPid = newest;
    listedMs = nowMs;
    const isFirst = seen.size === 0; // what runs now may have run for long
    const present = new Set(pidsIn(procFolder));
    for (const pid of present) {
      if (!seen.has(pid)) seen.set(pid, { sinceMs: isFirst ? Number.NEGATIVE_INFINITY : nowMs, lookedMs: null, found: null });
    }
    dropGone(present);
  }

  function isDue({ lookedMs, found: hasFound, sinceMs }: Seen<T>, nowMs: number): boolean {
    if (lookedMs === null) return false;
    if (hasFound !== null && matters(hasFound)) return nowMs - lookedMs >= LOOK_AT_MATTERING_EVERY_MS;
    return nowMs - sinceMs < YOUNG_MS && nowMs - lookedMs >= LOOK_AT_YOUNG_EVERY_MS;
  }

  function lookAll(nowMs: number, atMost: number, isMeant: (process: Seen<T>) => boolean): void {
    let looks = 0;
    for (const [pid, process] of seen) {
      if (looks >= atMost) return;
      if (!isMeant(process)) continue;
      look(pid, process, nowMs, false);
      looks += 1;
    }
  }

  function lookInTurn(nowMs: number): void {
    for (let count = 0; count < Math.min(OLD_AT_ONCE, seen.size); count += 1) {
      if (turnAt >= turn.length) {
        turn = [...seen.keys()];
        turnAt = 0;
        round += 1;
      }
      const pid = turn[turnAt] ?? 0;
      const thorough = turnAt % THOROUGH_EACH === round % THOROUGH_EACH; // others in the next round, so that each has its turn
      turnAt += 1;
      const process = seen.get(pid);
      if (process === undefined || (process.lookedMs === nowMs && !thorough)) continue;
      look(pid, process, nowMs, thorough);
    }
  }

  const isNew = (process: Seen<T>): boolean => process.lookedMs === null;

  return {
    async prepare(nowMs) {
      list(nowMs);
      while ([...seen.values()].some(isNew)) {
        lookAll(nowMs, MAX_LOOKS, isNew);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    refresh(nowMs) {
      const isFirst = seen.size === 0;
      list(nowMs);
      lookAll(nowMs, isFirst ? Number.POSITIVE_INFINITY : MAX_LOOKS, isNew);
      lookAll(nowMs, MAX_LOOKS, (process) => isDue(process, nowMs));
      lookInTurn(nowMs);
      return found;
    },
    close() {
      newestPid.close();
      dropGone(new Set());
    },
  };
}

/** As sorting and asking first would cost more than the listing itself. */
function pidsIn(procFolder: string): readonly number[] {
  try {
    return readdirSync(procFolder).map(Number).filter(Number.isInteger);
  } catch {
    return []; // no proc: the sensors that are built on this say so
  }
}
