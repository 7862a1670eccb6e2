import { z } from 'zod';
import type { Counts, Skip } from './outcome.ts';

const vitestResults = z.object({
  passed: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  skips: z.array(z.object({ test: z.string(), reason: z.string() })),
  unsteady: z.array(z.string()),
});
export type VitestResults = z.infer<typeof vitestResults>;

/** Parses what `vitest-reporter.ts` wrote. */
export function countsOfVitest(text: string): Counts {
  return vitestResults.parse(JSON.parse(text));
}

const playwrightTest = z.object({
  status: z.enum(['skipped', 'expected', 'unexpected', 'flaky']),
  annotations: z.array(z.object({ type: z.string(), description: z.string().optional() })),
});
const playwrightSpec = z.object({ title: z.string(), tests: z.array(playwrightTest) });
const playwrightSuite = z.object({
  title: z.string(),
  specs: z.array(playwrightSpec),
  get suites() {
    return z.array(playwrightSuite).optional();
  },
});
type PlaywrightSuite = z.infer<typeof playwrightSuite>;
const playwrightReport = z.object({
  suites: z.array(playwrightSuite),
  errors: z.array(z.unknown()),
  stats: z.object({ expected: z.int(), unexpected: z.int(), flaky: z.int(), skipped: z.int() }),
});

function skipsOf(suite: PlaywrightSuite): readonly Skip[] {
  const own = suite.specs.flatMap((spec) =>
    spec.tests
      .filter((test) => test.status === 'skipped')
      .map((test) => ({
        test: `${suite.title} > ${spec.title}`,
        reason: test.annotations.find((note) => note.description !== undefined)?.description ?? 'no reason given',
      })),
  );
  return [...own, ...(suite.suites ?? []).flatMap(skipsOf)];
}

const unsteadyOf = (suite: PlaywrightSuite): readonly string[] => [
  ...suite.specs.filter((spec) => spec.tests.some((test) => test.status === 'flaky')).map((spec) => `${suite.title} > ${spec.title}`),
  ...(suite.suites ?? []).flatMap(unsteadyOf),
];

/** Parses Playwright's JSON report. An error outside of tests counts as a failure. */
export function countsOfPlaywright(text: string): Counts {
  const { suites, errors, stats } = playwrightReport.parse(JSON.parse(text));
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + errors.length,
    skips: suites.flatMap(skipsOf),
    unsteady: suites.flatMap(unsteadyOf),
  };
}
