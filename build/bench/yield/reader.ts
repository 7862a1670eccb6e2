import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { type BoincClient, connectBoinc } from './boinc-rpc.ts';
import { COUNTER_BYTES } from './burning-job.ts';
import { type ContainerProcesses, containerProcesses } from './container-processes.ts';
import { monotonicMs, serveHelper } from './helper-process.ts';

/*
 * The witness, a process that is neither the agent nor the owner: it sees by the job's counter file and the kernel's list of processes what stands
 * still and what is gone, and asks BOINC's client for its state. Times are of CLOCK_MONOTONIC.
 */

/** The counter is looked at this often: with the timer's slack still more than 1,000 times a second. */
const LOOK_EVERY_MS = 0.5;
/** Longest pause between two steps of a job that has all the processors it wants; a machine with other work stretches them. */
const SAME_RUN_MS = 100;
const BOINC_EVERY_MS = 50;

const nap = new Int32Array(new SharedArrayBuffer(4));
const now = Buffer.alloc(COUNTER_BYTES * 1024);
const before = Buffer.alloc(now.length);
let file: number | null = null;
let processes: ContainerProcesses | null = null;
let boinc: BoincClient | null = null;

/** Sleeps without the event loop's coarse timers, then lets messages in. */
async function rest(): Promise<void> {
  Atomics.wait(nap, 0, 0, LOOK_EVERY_MS);
  await turn();
}

/** Whether any thread of the job has counted since the last look. */
function hasMoved(): boolean {
  if (file === null) throw new Error('no job is followed');
  const length = readSync(file, now, 0, now.length, 0);
  const moved = now.compare(before, 0, length, 0, length) !== 0;
  now.copy(before, 0, 0, length);
  return moved;
}

const calls = {
  /** From now on this job is meant. */
  follow(counterFile: string, pid: number): void {
    calls.letGo();
    file = openSync(counterFile, 'r');
    processes = containerProcesses(pid);
    hasMoved();
  },
  /** Closes the counter file, which would keep the job's disk from being unmounted. The processes are still meant. */
  letGo(): void {
    if (file !== null) closeSync(file);
    file = null;
  },
  /** Waits until the job has run for so long without a stop; says whether it did within the limit. */
  async untilRuns(forMs: number, limitMs: number): Promise<boolean> {
    const startedMs = monotonicMs();
    let sinceMs: number | null = null;
    let lastMs = startedMs;
    for (let nowMs = startedMs; nowMs - startedMs < limitMs; nowMs = monotonicMs()) {
      if (sinceMs !== null && nowMs - lastMs > SAME_RUN_MS) sinceMs = null;
      if (hasMoved()) {
        sinceMs ??= nowMs;
        lastMs = nowMs;
        if (nowMs - sinceMs >= forMs) return true;
      }
      await rest();
    }
    return false;
  },
  /** The time of the last step before a stillness of `quietMs`, or null when there was none within the limit. */
  async lastStep(quietMs: number, limitMs: number): Promise<number | null> {
    const startedMs = monotonicMs();
    let lastMs = startedMs;
    for (let nowMs = startedMs; nowMs - startedMs < limitMs; nowMs = monotonicMs()) {
      if (hasMoved()) lastMs = nowMs;
      else if (nowMs - lastMs >= quietMs) return lastMs;
      await rest();
    }
    return null;
  },
  /** When every process of the job was gone, or null when some was still there at the limit. */
  async whenGone(limitMs: number): Promise<number | null> {
    if (!processes) throw new Error('no job is followed');
    const startedMs = monotonicMs();
    while (monotonicMs() - startedMs < limitMs) {
      if (processes.allGone()) return monotonicMs();
      await rest();
    }
    return null;
  },
  async connectBoinc(port: number): Promise<void> {
    boinc = await connectBoinc(port);
  },
  /** When BOINC's client said so, or null when it did not within the limit. */
  async whenBoinc(wanted: 'suspended' | 'running', limitMs: number): Promise<number | null> {
    if (!boinc) throw new Error('no BOINC client is connected');
    const startedMs = monotonicMs();
    while (monotonicMs() - startedMs < limitMs) {
      const suspended = await boinc.suspendedByUser();
      if (suspended === (wanted === 'suspended')) return monotonicMs();
      await new Promise((resolve) => setTimeout(resolve, BOINC_EVERY_MS));
    }
    return null;
  },
};
export type ReaderCalls = typeof calls;

serveHelper(calls);
