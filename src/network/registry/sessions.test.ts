import { expect, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import type { WorkerSession } from '../gateway/session.ts';
import { createSessions } from './sessions.ts';

/** A session as far as the registry looks at it. */
function sessionOf(sessionEpoch: number, closed: number[]): WorkerSession {
  const close = (): void => {
    closed.push(sessionEpoch);
  };
  return { workerId: 'w', sessionEpoch, devices: [], close } as unknown as WorkerSession; // the rest is a live connection
}

test('the session of the higher epoch stays, whichever comes first', () => {
  const closed: number[] = [];
  const sessions = createSessions(systemClock, () => undefined);
  const newer = sessionOf(3, closed);
  sessions.add(sessionOf(2, closed));
  sessions.add(newer);
  sessions.add(sessionOf(1, closed));
  expect(closed).toEqual([2, 1]);
  expect(sessions.get('w')).toBe(newer);
});
