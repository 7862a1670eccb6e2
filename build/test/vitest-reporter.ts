import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import type { VitestResults } from './results.ts';

/** Writes the counts, and each skip with its reason (which Vitest's own JSON lacks), to the file named by NIGHTSHIFT_TEST_RESULTS. */
export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: ReturnType<TestCase['result']>['state']): readonly TestCase[] =>
      tests.filter((test) => test.result().state === state);
    const skips = inState('skipped').map((test) => {
      const result = test.result();
      return { test: test.fullName, reason: (result.state === 'skipped' ? result.note : undefined) ?? 'its condition, named in the test' };
    });
    const results: VitestResults = {
      passed: inState('passed').length,
      // Besides failed tests: those that never ended, files that did not load or clean up, and errors outside of any test.
      failed:
        inState('failed').length + inState('pending').length + modules.flatMap((module) => module.errors()).length + unhandledErrors.length,
      skips,
      unsteady: inState('passed')
        .filter((test) => test.diagnostic()?.flaky)
        .map((test) => test.fullName),
    };
    const path = process.env.NIGHTSHIFT_TEST_RESULTS;
    if (path === undefined) throw new Error('NIGHTSHIFT_TEST_RESULTS names no file');
    writeFileSync(path, JSON.stringify(results));
  }
}
