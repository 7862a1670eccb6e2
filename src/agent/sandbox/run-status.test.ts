import { expect, test } from 'vitest';
import { toRunStatus } from './run-status.ts';

const state = {
  Status: 'exited',
  ExitCode: 0,
  OOMKilled: true,
  StartedAt: '2026-11-22T10:00:00.5Z',
  FinishedAt: '2026-11-22T10:00:02.123456789Z',
};

test('a job that survived the loss of a child to memory did not run out of it', () => {
  expect(toRunStatus(state)).toMatchObject({ kind: 'exited', exitCode: 0, outOfMemory: false });
  expect(toRunStatus({ ...state, ExitCode: 137 })).toMatchObject({ outOfMemory: true });
});

test('times are milliseconds of the engine', () => {
  expect(toRunStatus(state)).toMatchObject({
    startedAtMs: Date.UTC(2026, 10, 22, 10, 0, 0, 500),
    finishedAtMs: Date.UTC(2026, 10, 22, 10, 0, 2, 123),
  });
});
