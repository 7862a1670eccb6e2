import { expect, test } from 'vitest';
import { countLine, countOfCheck, exitCode, failWhenEmpty, type Outcome, summary } from './outcome.ts';

const types: Outcome = { suite: 'types', ...countOfCheck(true), wallMs: 4321 };
const lint: Outcome = { suite: 'lint', ...countOfCheck(false), wallMs: 900 };
const web: Outcome = {
  suite: 'web',
  passed: 0,
  failed: 0,
  skips: [{ test: 'all', reason: 'no Chromium' }],
  unsteady: ['worker.spec.ts > closes'],
  wallMs: null,
};

test('the last line is the sum of all suites', () => {
  expect(countLine([types, lint, web])).toBe('1 passed, 1 failed, 1 skipped');
  expect(summary([types, lint, web]).split('\n').at(-1)).toBe('1 passed, 1 failed, 1 skipped');
});

test('the table is aligned and names the reason of each skip', () => {
  expect(summary([types, web])).toBe(
    [
      '',
      'skipped: web: all: no Chromium',
      'unsteady: web: worker.spec.ts > closes: failed once, passed on the second try',
      '',
      'suite  passed  failed  skipped   wall',
      'types       1       0        0  4.3 s',
      'web         0       0        1      -',
      '',
      '1 passed, 0 failed, 1 skipped',
    ].join('\n'),
  );
});

test('one failure, or nothing at all, is a failure', () => {
  expect(exitCode([types, web])).toBe(0);
  expect(exitCode([types, lint])).toBe(1);
  expect(exitCode([])).toBe(1);
});

test('a suite that has tests and runs none fails; one that has none does not', () => {
  const none = { passed: 0, failed: 0, skips: [], unsteady: [] };
  expect(failWhenEmpty(none, true).failed).toBe(1);
  expect(failWhenEmpty(none, false).failed).toBe(0);
  expect(failWhenEmpty({ ...none, passed: 2 }, true).failed).toBe(0);
});
