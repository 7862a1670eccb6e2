import { describe, expect, test } from 'vitest';
import type { LeaseOutcome } from '../../contract/model/lease.ts';
import { MAX_ATTEMPTS } from '../constants.ts';
import { type AttemptedJob, dispose } from './disposition.ts';

const JOB: AttemptedJob = { attempt: 1, failedAttempts: 0, cancelRequested: false, remainingMs: 1_000 };
const endedBy = (outcome: LeaseOutcome, change: Partial<AttemptedJob> = {}) => dispose({ ...JOB, ...change }, { by: 'worker', outcome }, 3);

describe('what becomes of a job', () => {
  test('follows its exit code', () => {
    expect(endedBy({ kind: 'exited', exitCode: 0 })).toMatchObject({ as: 'succeeded', exitCode: 0, reason: null });
    expect(endedBy({ kind: 'exited', exitCode: 9 })).toMatchObject({ as: 'failed', exitCode: 9, reason: 'The program exited with code 9' });
  });

  test('is the end where another attempt would only repeat it', () => {
    expect(endedBy({ kind: 'out-of-memory' })).toMatchObject({ as: 'failed' });
    expect(endedBy({ kind: 'timed-out' })).toMatchObject({ as: 'timed-out' });
    expect(endedBy({ kind: 'start-failed', code: 'image-not-found', detail: 'no such image' })).toMatchObject({
      as: 'failed',
      reason: 'The job could not be started: no such image',
    });
  });

  test('tells what the worker said in one line that steers no terminal', () => {
    const detail = `no\u001b[2J\r\n\u202eimage${'!'.repeat(1_000)}`;
    const ended = endedBy({ kind: 'outputs-refused', detail });
    if (ended.kind !== 'ended' || ended.reason === null) throw new Error('it ends with a reason');
    expect(ended.reason).toContain(': no [2J image!!');
    expect(ended.reason.length).toBeLessThan(600);
  });

  test('is another attempt where the worker was at fault, at most three of them', () => {
    expect(endedBy({ kind: 'engine-lost' })).toEqual({ kind: 'requeued', counts: true, nextAttempt: true });
    expect(endedBy({ kind: 'engine-lost' }, { attempt: 3, failedAttempts: 2 })).toMatchObject({
      as: 'failed',
      reason: 'Given up after 3 attempts; the last one ended because the container engine of the worker went away',
    });
  });

  test('does not hold a yield against anyone, but ends some day', () => {
    expect(endedBy({ kind: 'yielded' }, { failedAttempts: 2 })).toEqual({ kind: 'requeued', counts: false, nextAttempt: true });
    expect(endedBy({ kind: 'agent-stopped' }, { attempt: MAX_ATTEMPTS })).toMatchObject({ as: 'failed' });
  });

  test('is cancelled where the renter said so, unless it had already ended', () => {
    expect(endedBy({ kind: 'yielded' }, { cancelRequested: true })).toMatchObject({ as: 'cancelled' });
    expect(endedBy({ kind: 'exited', exitCode: 0 }, { cancelRequested: true })).toMatchObject({ as: 'succeeded' });
  });

  test('is the time limit where nothing of it is left', () => {
    expect(endedBy({ kind: 'yielded' }, { remainingMs: 0 })).toMatchObject({ as: 'timed-out' });
  });

  test('is the same attempt again where nothing was granted', () => {
    expect(dispose(JOB, { by: 'network', reason: 'refused', granted: false }, 1)).toEqual({
      kind: 'requeued',
      counts: false,
      nextAttempt: false,
    });
  });
});
