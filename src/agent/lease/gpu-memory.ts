import * as z from 'zod';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { judgeVram, type VramReading } from '../sandbox/gpu/vram-baseline.ts';
import { readVramBefore, setVramBefore } from '../store/lease-rows.ts';
import type { Db } from '../store/open.ts';

export interface GpuMemoryDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What a GPU holds now; null: its driver does not tell. */
  readonly read: (deviceId: string) => VramReading | null;
  /** A GPU did not give its memory back: nothing may run on it, and it alone. */
  readonly kept: (deviceId: string, reason: string) => void;
  /** A GPU can be offered again, or no longer. */
  readonly changed: () => void;
}

/**
 * Whether a job's GPU has given back the memory that the job took of it. What was there before is kept over a crash; a GPU that an earlier run
 * of the agent left so is looked at from the first question after it on, when all is open that `read` asks.
 */
export interface GpuMemory extends Disposable {
  /** Before the job's container starts. */
  taken(leaseId: string, deviceId: string): void;
  /** The job's container is gone: watches the GPU until its memory is back, or it is quarantined. A lease without a GPU: nothing. */
  left(leaseId: string, deviceId: string): void;
  /** The GPU may still hold what a job left. */
  isSettling(deviceId: string): boolean;
}

const LOOK_EVERY_MS = 250;
const reading = z.object({ usedBytes: z.number(), othersBytes: z.number() }).nullable();

export function watchGpuMemory(deps: GpuMemoryDeps): GpuMemory {
  const { db, clock, logger } = deps;
  const before = new Map<string, VramReading | null>();
  const settling = new Map<string, NodeJS.Timeout>(); // by device

  function settled(leaseId: string, deviceId: string): void {
    clearInterval(settling.get(deviceId));
    settling.delete(deviceId);
    before.delete(leaseId);
    try {
      setVramBefore(db, leaseId, null);
    } catch (error) {
      logger.warn({ leaseId, deviceId, error }, 'the disk does not take that a GPU is settled; it is looked at again at the next start');
    }
    deps.changed();
  }

  function left(leaseId: string, deviceId: string): void {
    const was = before.get(leaseId);
    if (was === undefined || settling.has(deviceId)) return;
    const endedMs = clock.monotonicMs();
    const look = (): void => {
      const verdict = judgeVram(was, deps.read(deviceId), clock.monotonicMs() - endedMs);
      if (verdict.kind === 'settling') return;
      if (verdict.kind === 'quarantined') {
        logger.warn({ leaseId, deviceId, reason: verdict.reason }, 'a GPU did not give its memory back');
        deps.kept(deviceId, verdict.reason);
      }
      settled(leaseId, deviceId);
    };
    settling.set(deviceId, setInterval(look, LOOK_EVERY_MS));
    look();
  }

  const kept = readVramBefore(db);
  for (const row of kept) before.set(row.leaseId, reading.parse(JSON.parse(row.before)));
  let unwatched = kept.filter(({ ended }) => ended);
  function watchWhatWasKept(): void {
    const rows = unwatched;
    unwatched = [];
    for (const row of rows) left(row.leaseId, row.deviceId);
  }

  return {
    taken(leaseId, deviceId) {
      const now = deps.read(deviceId);
      setVramBefore(db, leaseId, JSON.stringify(now));
      before.set(leaseId, now);
    },
    left,
    isSettling(deviceId) {
      watchWhatWasKept();
      return settling.has(deviceId);
    },
    [Symbol.dispose]() {
      for (const timer of settling.values()) clearInterval(timer);
    },
  };
}
