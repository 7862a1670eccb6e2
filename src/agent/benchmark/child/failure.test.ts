import { expect, test } from 'vitest';
import { benchmarkFailureCode } from '../../../contract/model/benchmark.ts';
import { type Circumstances, explain, failure } from './failure.ts';
import type { ChildEnd } from './process.ts';

const CALM: Circumstances = { memoryRanOut: false, driverChanged: false };
const ended = (of: Partial<Extract<ChildEnd, { kind: 'ended' }>>): Exclude<ChildEnd, { kind: 'done' }> => ({
  kind: 'ended',
  step: 'gemm-f32',
  exitCode: null,
  signal: null,
  lastWords: '',
  ...of,
});

test('a process that a signal of the processor ended has crashed, however that is counted', () => {
  for (const end of [ended({ signal: 'SIGSEGV' }), ended({ signal: 'SIGABRT' }), ended({ exitCode: 139 }), ended({ exitCode: 0xc0000005 })])
    expect(explain(end, CALM)).toMatchObject({ code: 'crashed', step: 'gemm-f32' });
});

test('a process that the kernel killed for want of memory ran out of memory; one that somebody killed did not', () => {
  const killed = ended({ signal: 'SIGKILL' });
  expect(explain(killed, { ...CALM, memoryRanOut: true }).code).toBe('out-of-memory');
  expect(explain(killed, { ...CALM, memoryRanOut: null }).code).toBe('out-of-memory');
  expect(explain(killed, CALM)).toMatchObject({ code: 'failed', detail: 'Another program ended the benchmark (SIGKILL).' });
});

test('the last words of a process tell more than the way it ended', () => {
  const lastWords = '# Fatal process out of memory: Zone\n#\n----- Native stack trace -----\n 5: submit (file.ts:1:1)\n';
  expect(explain(ended({ signal: 'SIGABRT', lastWords }), CALM)).toMatchObject({
    code: 'out-of-memory',
    detail: 'Memory ran out while measuring. Its last words: # Fatal process out of memory: Zone',
  });
});

test('an end without a word, or with the right number, is no result', () => {
  expect(explain(ended({ exitCode: 0 }), CALM)).toMatchObject({
    code: 'failed',
    detail: 'The benchmark ended before it was done (exit code 0).',
  });
});

test('whatever else happened, a driver that was replaced is the reason', () => {
  expect(explain(ended({ signal: 'SIGSEGV' }), { ...CALM, driverChanged: true }).code).toBe('driver-changed');
});

test('a run that was cancelled is no fault of the driver', () => {
  expect(explain({ kind: 'cancelled', step: 'fma' }, { ...CALM, driverChanged: true })).toMatchObject({ code: 'cancelled', fix: null });
});

test('each failure that the owner did not ask for says what to do', () => {
  for (const code of benchmarkFailureCode.exclude(['cancelled', 'interrupted']).options)
    expect(failure('starting', code, 'It failed.').fix).toMatch(/\.$/);
});
