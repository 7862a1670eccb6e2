import { expect, it } from 'vitest';
import { challengeTrials } from './trials.ts';

/** `npm run soak -- challenge` does 1,000 of each. */
const RUNS = 40;

it('passes every honest prover and finds every liar, by a fault that fits the lie', { timeout: 180_000 }, async () => {
  const reports = await challengeTrials(RUNS, 5, () => undefined);
  expect(reports.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
  expect(reports.length).toBe(18);
});
