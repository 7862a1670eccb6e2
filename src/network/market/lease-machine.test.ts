import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LEASE_EVENTS, LEASE_STATES, nextLeaseState } from './lease-machine.ts';

const ORDER = LEASE_STATES;

test('a lease only ever moves forward, and a closed one never moves', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...LEASE_EVENTS)), (events) => {
      let state = ORDER[0] ?? 'proposed';
      for (const event of events) {
        const next = nextLeaseState(state, event);
        if (state === 'closed') expect(next).toBeNull();
        if (next === null) continue;
        expect(ORDER.indexOf(next)).toBeGreaterThan(ORDER.indexOf(state));
        state = next;
      }
    }),
    { seed: 1 },
  );
});

test('every open lease can be sealed, and an event that came before changes nothing', () => {
  for (const state of LEASE_STATES) {
    expect(nextLeaseState(state, 'sealed')).toBe(state === 'closed' ? null : 'closed');
    for (const event of LEASE_EVENTS) {
      const next = nextLeaseState(state, event);
      if (next !== null) expect(nextLeaseState(next, event)).toBeNull();
    }
  }
});
