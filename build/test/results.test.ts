import { expect, test } from 'vitest';
import { countsOfPlaywright, countsOfVitest } from './results.ts';

test('reads what the Vitest reporter wrote', () => {
  const counts = { passed: 2, failed: 1, skips: [{ test: 'a > b', reason: 'needs root' }], unsteady: ['a > c'] };
  expect(countsOfVitest(JSON.stringify(counts))).toEqual(counts);
});

test('sums a Playwright report, nested skips with their reasons included', () => {
  const skipped = { status: 'skipped', annotations: [{ type: 'skip', description: 'needs a GPU' }] };
  const report = {
    suites: [
      {
        title: 'worker.spec.ts',
        specs: [
          { title: 'opens', tests: [{ status: 'expected', annotations: [] }] },
          { title: 'closes', tests: [{ status: 'flaky', annotations: [] }] },
        ],
        suites: [{ title: 'devices', specs: [{ title: 'shows the GPU', tests: [skipped] }] }],
      },
    ],
    errors: [{ message: 'a worker process ended' }],
    stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 1 },
  };
  expect(countsOfPlaywright(JSON.stringify(report))).toEqual({
    passed: 4,
    failed: 2,
    skips: [{ test: 'devices > shows the GPU', reason: 'needs a GPU' }],
    unsteady: ['worker.spec.ts > closes'],
  });
});
