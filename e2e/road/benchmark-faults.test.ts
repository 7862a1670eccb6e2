import { expect, it } from 'vitest';
import { faultTrials, type SoftwareDevice } from './benchmark-faults.ts';

const devices: readonly SoftwareDevice[] = JSON.parse(process.env.NIGHTSHIFT_TEST_VULKAN ?? '[]');

it('comes through whatever a graphics driver does, and says what happened', { timeout: 200_000 }, async () => {
  const report = await faultTrials(20, Number(process.env.NIGHTSHIFT_SEED ?? 20_261_122), devices, (line) => console.log(line));
  expect(report.surprises).toEqual([]);
});
