import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isJobEnded, type JobState } from '../../contract/model/job.ts';
import { type JobEvent, nextJobState } from './job-machine.ts';

const event: fc.Arbitrary<JobEvent> = fc.oneof(
  fc.constantFrom<JobEvent>({ kind: 'placed' }, { kind: 'granted' }, { kind: 'running' }, { kind: 'requeued' }),
  fc
    .constantFrom('succeeded' as const, 'failed' as const, 'cancelled' as const, 'timed-out' as const)
    .map((as): JobEvent => ({ kind: 'ended', as })),
);

test('an ended job stays as it ended, and nothing runs that was not placed', () => {
  fc.assert(
    fc.property(fc.array(event), (events) => {
      let state: JobState = 'queued';
      for (const each of events) {
        const next = nextJobState(state, each);
        if (isJobEnded(state)) expect(next).toBeNull();
        if (next === null) continue;
        if (next === 'placing') expect(state).toBe('queued');
        if (next === 'starting') expect(state).toBe('placing');
        if (next === 'queued') expect(['placing', 'starting', 'running']).toContain(state);
        if (state === 'queued' && isJobEnded(next)) expect(next).toBe('cancelled');
        state = next;
      }
    }),
    { seed: 1 },
  );
});
