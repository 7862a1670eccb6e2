import { afterEach, expect, it, vi } from 'vitest';
import { createLogger } from '../../lib/log.ts';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import type { VramReading } from '../sandbox/gpu/vram-baseline.ts';
import { insertLease, setLeaseEnded } from '../store/lease-rows.ts';
import { openStore } from '../store/open.ts';
import { TEST_TERMS } from '../testing/terms.ts';
import { watchGpuMemory } from './gpu-memory.ts';

const GIB = 2 ** 30;
const { leaseId, deviceId } = TEST_TERMS;

afterEach(() => void vi.useRealTimers());

function watched() {
  vi.useFakeTimers({ now: 0 });
  const db = openStore(tempFolder());
  insertLease(db, { terms: TEST_TERMS, networkSignature: '' }, false, 0);
  let now: VramReading | null = { usedBytes: GIB, othersBytes: GIB };
  const kept: string[] = [];
  let reads = 0;
  const open = () =>
    watchGpuMemory({
      db,
      clock: { nowMs: () => Date.now(), monotonicMs: () => Date.now() },
      logger: createLogger('test', 'silent'),
      read: () => {
        reads += 1;
        return now;
      },
      kept: (id, reason) => kept.push(`${id}: ${reason}`),
      changed: () => undefined,
    });
  return {
    db,
    kept,
    open,
    reads: () => reads,
    holds: (reading: VramReading | null) => {
      now = reading;
    },
  };
}

it('keeps a GPU back until its memory is given back', () => {
  const { open, holds, kept } = watched();
  using memory = open();
  memory.taken(leaseId, deviceId);
  holds({ usedBytes: 20 * GIB, othersBytes: GIB });
  memory.left(leaseId, deviceId);
  expect(memory.isSettling(deviceId)).toBe(true);
  holds({ usedBytes: GIB, othersBytes: GIB });
  vi.advanceTimersByTime(1_000);
  expect(memory.isSettling(deviceId)).toBe(false);
  expect(kept).toEqual([]);
});

it('has a GPU quarantined that keeps what a job left in it, also over a crash of the agent', () => {
  const { db, open, holds, kept } = watched();
  const first = open();
  first.taken(leaseId, deviceId);
  first[Symbol.dispose](); // the agent dies with the job
  holds({ usedBytes: 20 * GIB, othersBytes: GIB });
  setLeaseEnded(db, leaseId, { kind: 'yielded' }, 1);
  using memory = open();
  expect(memory.isSettling(deviceId)).toBe(true);
  vi.advanceTimersByTime(11_000);
  expect(kept).toEqual([expect.stringMatching(/^dev_1: 19456 MiB .* not given back/)]);
  expect(memory.isSettling(deviceId)).toBe(false);
  using after = open();
  expect(after.isSettling(deviceId)).toBe(false); // said once
});

it('reads nothing while it is opened: what it reads from is not open then', () => {
  const { db, open, holds, reads } = watched();
  const first = open();
  first.taken(leaseId, deviceId);
  first[Symbol.dispose]();
  setLeaseEnded(db, leaseId, { kind: 'yielded' }, 1);
  holds({ usedBytes: 20 * GIB, othersBytes: GIB });
  const readsBefore = reads();
  using memory = open();
  expect(reads()).toBe(readsBefore);
  expect(memory.isSettling(deviceId)).toBe(true);
  expect(reads()).toBe(readsBefore + 1);
});

it('goes on where the disk takes nothing: neither the result nor the agent hangs on it', () => {
  const { db, open, holds } = watched();
  using memory = open();
  memory.taken(leaseId, deviceId);
  holds({ usedBytes: 20 * GIB, othersBytes: GIB });
  memory.left(leaseId, deviceId);
  setLeaseEnded(db, leaseId, { kind: 'yielded' }, 1);
  db.pragma('query_only = on');
  holds({ usedBytes: GIB, othersBytes: GIB });
  vi.advanceTimersByTime(1_000);
  expect(memory.isSettling(deviceId)).toBe(false);
  db.pragma('query_only = off');
  using after = open();
  expect(after.isSettling(deviceId)).toBe(false); // looked at again, and settled at once
});

it('leaves a lease alone that had no GPU', () => {
  const { open } = watched();
  using memory = open();
  memory.left(leaseId, deviceId);
  expect(memory.isSettling(deviceId)).toBe(false);
});
