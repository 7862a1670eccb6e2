import fc from 'fast-check';
import { expect, test } from 'vitest';
import { benchmarkStep } from '../../contract/model/benchmark.ts';
import { productLimits } from './limits.ts';
import { createStepper } from './progress.ts';

const { stepMs, totalMs } = productLimits('gpu');

test('a device takes less than 55 s, of a suite whose steps fill the time', () => {
  const sumMs = Object.values(stepMs).reduce((sum, each) => sum + each, 0);
  expect(sumMs).toBeLessThanOrEqual(totalMs);
  expect(totalMs).toBeLessThan(55_000);
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

test('a step that takes much longer than usual still moves, every quarter of a second', () => {
  const stepper = createStepper(stepMs);
  stepper.at('tuning', 1, null);
  let last = stepper.creep(stepMs.tuning).progress;
  for (let elapsedMs = stepMs.tuning; elapsedMs < 4 * stepMs.tuning; elapsedMs += 250) {
    const { progress } = stepper.creep(elapsedMs + 250);
    expect(progress).toBeGreaterThan(last);
    last = progress;
  }
  expect(last).toBeLessThan(stepper.at('fma', 0, null).progress + 1e-9);
});

test('what remains is what the steps to come usually take', () => {
  const stepper = createStepper(stepMs);
  expect(stepper.at('sustained', 0, null).remainingMs).toBe(stepMs.sustained);
});
