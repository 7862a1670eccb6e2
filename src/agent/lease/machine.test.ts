import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LeaseState } from '../store/lease-rows.ts';
import { holdsDevice, type LeaseEvent, nextLeaseState } from './machine.ts';

const events: readonly LeaseEvent[] = ['start', 'started', 'freeze', 'thaw', 'end', 'seal'];

describe("the worker's lease machine", () => {
  it('walks the usual road', () => {
    const road: LeaseState[] = ['granted'];
    for (const event of ['start', 'started', 'freeze', 'thaw', 'end', 'seal'] as const) {
      const next = nextLeaseState(road.at(-1) ?? 'granted', event);
      if (next) road.push(next);
    }
    expect(road).toEqual(['granted', 'starting', 'running', 'frozen', 'running', 'ended', 'sealed']);
  });

  it('never gives a device back to a lease that has ended, under any sequence of events', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 40 }), (sequence) => {
        let state: LeaseState = 'granted';
        let released = false;
        for (const event of sequence) {
          state = nextLeaseState(state, event) ?? state;
          released ||= !holdsDevice(state);
          expect(released && holdsDevice(state)).toBe(false);
        }
      }),
    );
  });

  it('is sealed for good', () => {
    for (const event of events) expect(nextLeaseState('sealed', event)).toBeNull();
  });
});
