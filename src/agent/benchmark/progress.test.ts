import fc from 'fast-check';
import { expect, test } from 'vitest';
import { benchmarkStep } from '../../contract/model/benchmark.ts';
import { productLimits } from './limits.ts';
import { createStepper } from './progress.ts';

const { stepMs } = productLimits('gpu');

test.each(['gpu', 'software'] as const)('a device (%s) takes less than 55 s, of a suite whose steps fill the time', (kind) => {
  const limits = productLimits(kind);
  const sumMs = Object.values(limits.stepMs).reduce((sum, each) => sum + each, 0);
  expect(sumMs).toBeLessThanOrEqual(limits.totalMs);
  expect(limits.totalMs).toBeLessThan(55_000);
});

test('progress never goes back and never reaches the end before the end, whatever is said', () => {
  const said = fc.record({
    step: fc.constantFrom(...benchmarkStep.options),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    creepMs: fc.nat(100_000),
  });
  fc.assert(
    fc.property(fc.array(said, { maxLength: 50 }), (all) => {
      const stepper = createStepper(stepMs);
      let last = 0;
      for (const { step, share, creepMs } of all) {
        const now = [stepper.at(step, share, null).progress, stepper.creep(creepMs).progress];
        for (const progress of now) {
          expect(progress).toBeGreaterThanOrEqual(last);
          expect(progress).toBeLessThanOrEqual(1);
          last = progress;
        }
      }
    }),
  );
});

test.each([0, 0.5, 1])('a step that said %s and then nothing for much longer than usual moves every quarter of a second', (share) => {
  const stepper = createStepper(stepMs);
  let last = stepper.at('tuning', share, null).progress;
  for (let elapsedMs = 0; elapsedMs < 50 * stepMs.tuning; elapsedMs += 250) {
    const { progress } = stepper.creep(250);
    expect(progress).toBeGreaterThan(last);
    last = progress;
  }
  expect(last).toBeLessThan(stepper.at('fma', 0, null).progress + 1e-9);
});

test('what remains is what the steps to come usually take', () => {
  const stepper = createStepper(stepMs);
  expect(stepper.at('sustained', 0, null).remainingMs).toBe(stepMs.sustained);
});
