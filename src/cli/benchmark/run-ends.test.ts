import { describe, expect, it } from 'vitest';
import type { WorkerState } from '../../contract/worker-api.ts';
import { followRuns } from './run-ends.ts';
import { ofFailure, ofResult, testBenchmark, testFailure, testResult, testRun } from './testing/devices.ts';

type Benchmarks = WorkerState['benchmarks'];
const RESULT = ofResult(testResult({ runId: 'run_2' }));
const OLD = ofFailure(testFailure({ runId: 'run_1' }));
const state = (over: Partial<Benchmarks>): Benchmarks => ({
  running: null,
  waiting: [],
  devices: [testBenchmark({ last: OLD }), testBenchmark({ deviceId: 'dev_b' })],
  ...over,
});

describe('the end of a run', () => {
  it('is a record that was not there when it was asked for', () => {
    const runs = followRuns(state({}), ['dev_a']);
    expect(runs.take(state({})).size, 'it has not begun').toBe(0);
    expect(runs.take(state({ running: testRun() })).size).toBe(0);
    expect(runs.take(state({ devices: [testBenchmark({ last: RESULT })] }))).toEqual(new Map([['dev_a', RESULT]]));
  });

  it('is known although it was too quick to be seen', () => {
    const runs = followRuns(state({}), ['dev_a']);
    expect(runs.take(state({ devices: [testBenchmark({ last: RESULT })] })).get('dev_a')).toBe(RESULT);
  });

  it('comes for each device of its own, and stays', () => {
    const runs = followRuns(state({}), ['dev_a', 'dev_b']);
    runs.take(state({ running: testRun(), waiting: ['dev_b'] }));
    const first = state({ running: testRun({ deviceId: 'dev_b' }), devices: [testBenchmark({ last: RESULT })] });
    expect([...runs.take(first).keys()]).toEqual(['dev_a']);
    const failure = ofFailure(testFailure({ runId: 'run_3', deviceId: 'dev_b' }));
    const second = state({ devices: [testBenchmark({ last: OLD }), testBenchmark({ deviceId: 'dev_b', last: failure })] });
    expect([...runs.take(second)]).toEqual([
      ['dev_a', RESULT],
      ['dev_b', failure],
    ]);
  });

  it('is nothing where it waited and was forgotten', () => {
    const runs = followRuns(state({}), ['dev_b']);
    runs.take(state({ waiting: ['dev_b'] }));
    expect(runs.take(state({}))).toEqual(new Map([['dev_b', null]]));
  });
});
