import { expect, it } from 'vitest';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { ofFailure, ofResult, testFailure, testResult } from '../benchmark/testing/results.ts';
import { forgetBenchmark, readBenchmarks, readLastResult, writeBenchmark } from './benchmark-rows.ts';
import { openStore } from './open.ts';

it('keeps every run of a device, newest first, and its last result although a later run failed', () => {
  const db = openStore(tempFolder());
  const first = testResult({ runId: 'run_1', atMs: 1 });
  const second = testResult({ runId: 'run_2', atMs: 2 });
  const failure = testFailure({ runId: 'run_3', atMs: 3 });
  for (const record of [ofResult(first), ofResult(second), ofFailure(failure)]) writeBenchmark(db, record);
  writeBenchmark(db, ofResult(testResult({ runId: 'run_4', deviceId: 'dev_b', atMs: 4 })));
  expect(readBenchmarks(db, first.deviceId)).toEqual([ofFailure(failure), ofResult(second), ofResult(first)]);
  expect(readLastResult(db, first.deviceId)).toEqual(second);
  expect(readLastResult(db, 'dev_c')).toBeNull();
});

it('knows the later of two runs although the clock was set back between them', () => {
  const db = openStore(tempFolder());
  const later = testResult({ runId: 'run_1', atMs: 1 });
  for (const result of [testResult({ runId: 'run_9', atMs: 9 }), later]) writeBenchmark(db, ofResult(result));
  expect(readLastResult(db, later.deviceId)).toEqual(later);
  expect(readBenchmarks(db, later.deviceId)[0]).toEqual(ofResult(later));
});

it('puts the end of a run in the place of what was written when it began, or forgets it', () => {
  const db = openStore(tempFolder());
  const result = testResult({ runId: 'run_1' });
  writeBenchmark(db, ofFailure(testFailure({ runId: 'run_1', code: 'interrupted' })));
  writeBenchmark(db, ofResult(result));
  expect(readBenchmarks(db, result.deviceId)).toEqual([ofResult(result)]);
  forgetBenchmark(db, 'run_1');
  expect(readBenchmarks(db, result.deviceId)).toEqual([]);
});

it('keeps the last 200 of a device and shows 100, but never loses the last result', () => {
  const db = openStore(tempFolder());
  const result = testResult({ runId: 'run_0', atMs: 0 });
  writeBenchmark(db, ofResult(result));
  for (let i = 1; i <= 230; i++) writeBenchmark(db, ofFailure(testFailure({ runId: `run_${i}`, atMs: i })));
  writeBenchmark(db, ofFailure(testFailure({ runId: 'run_other', deviceId: 'dev_b', atMs: 0 })));
  expect(db.prepare('SELECT count(*) AS count FROM benchmarks').get()).toEqual({ count: 202 });
  const shown = readBenchmarks(db, result.deviceId);
  expect(shown).toHaveLength(100);
  expect(shown[0]).toMatchObject({ failure: { runId: 'run_230' } });
  expect(readLastResult(db, result.deviceId)).toEqual(result);
});
