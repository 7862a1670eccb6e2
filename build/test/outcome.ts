export interface Skip {
  readonly test: string;
  readonly reason: string;
}

/** What one suite came to. `null` wall time: it did not start. */
export interface Outcome {
  readonly suite: string;
  readonly passed: number;
  readonly failed: number;
  readonly skips: readonly Skip[];
  /** Tests that failed once and then passed: counted as passed, and always named. */
  readonly unsteady: readonly string[];
  readonly wallMs: number | null;
}

export type Counts = Pick<Outcome, 'passed' | 'failed' | 'skips' | 'unsteady'>;

/** A check that either holds or not, counted as one test. */
export function countOfCheck(holds: boolean): Counts {
  return { passed: holds ? 1 : 0, failed: holds ? 0 : 1, skips: [], unsteady: [] };
}

/** A suite that has tests and ran none of them has failed: silence must not look like success. */
export function failWhenEmpty(counts: Counts, hasTests: boolean): Counts {
  return hasTests && counts.passed + counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** `N passed, N failed, N skipped`, the line that others read. */
export function countLine(outcomes: readonly Outcome[]): string {
  const sum = (count: (outcome: Outcome) => number): number => outcomes.reduce((total, outcome) => total + count(outcome), 0);
  return `${sum((o) => o.passed)} passed, ${sum((o) => o.failed)} failed, ${sum((o) => o.skips.length)} skipped`;
}

/** The skips with their reasons, what needed a second try, a table of suites, and last the count line. */
export function summary(outcomes: readonly Outcome[]): string {
  const rows = [
    ['suite', 'passed', 'failed', 'skipped', 'wall'],
    ...outcomes.map((outcome) => [
      outcome.suite,
      `${outcome.passed}`,
      `${outcome.failed}`,
      `${outcome.skips.length}`,
      outcome.wallMs === null ? '-' : `${(outcome.wallMs / 1000).toFixed(1)} s`,
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  const notes = outcomes.flatMap((outcome) => [
    ...outcome.skips.map((skip) => `skipped: ${outcome.suite}: ${skip.test}: ${skip.reason}`),
    ...outcome.unsteady.map((test) => `unsteady: ${outcome.suite}: ${test}: failed once, passed on the second try`),
  ]);
  return ['', ...notes, ...(notes.length > 0 ? [''] : []), ...rows.map((row) => row.map(pad).join('  ')), '', countLine(outcomes)].join(
    '\n',
  );
}

/** 0 only when something ran and nothing failed. */
export function exitCode(outcomes: readonly Outcome[]): 0 | 1 {
  return outcomes.length > 0 && outcomes.every((outcome) => outcome.failed === 0) ? 0 : 1;
}
