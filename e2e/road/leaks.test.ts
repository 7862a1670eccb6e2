import { expect, it } from 'vitest';
import { leakTrials } from './leak-trials.ts';
import { buildSmallImage } from './small-image.ts';

// No second try: it looks for what happens rarely.
it('leaves nothing and touches nothing of others when the agent is killed at random times', { timeout: 240_000, retry: 0 }, async () => {
  const seed = Number(process.env.NIGHTSHIFT_SEED ?? 20_261_122);
  const report = await leakTrials(10, seed, await buildSmallImage(), (line) => console.log(line));
  expect(report.leaked).toEqual([]);
  expect(report.touched).toEqual([]);
  expect(report.notSucceeded).toEqual([]);
  expect(Math.min(...Object.values(report.kinds))).toBeGreaterThan(0);
});
