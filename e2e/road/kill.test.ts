import { expect, it } from 'vitest';
import { killTrials } from './kill-trials.ts';
import { buildSmallImage } from './small-image.ts';

// No second try: it looks for what happens rarely.
it('loses no receipt and pays nothing twice when the agent or the network is killed at random times', {
  timeout: 400_000,
  retry: 0,
}, async () => {
  const report = await killTrials(20, Number(process.env.NIGHTSHIFT_SEED ?? 20_261_122), await buildSmallImage(), (line) =>
    console.log(line),
  );
  expect(report.violations).toEqual([]);
  expect(report.leftovers).toEqual([]);
  expect(report.notSucceeded).toEqual([]);
  expect(report.killed.agent).toBeGreaterThan(0);
  expect(report.killed.network).toBeGreaterThan(0);
});
