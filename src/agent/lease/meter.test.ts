import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMeter } from './meter.ts';

describe('meter', () => {
  it('counts unfrozen time alone', () => {
    let nowMs = 0;
    const meter = createMeter(0, 60_000, () => nowMs);
    meter.run(1);
    nowMs += 1_500;
    meter.hold();
    nowMs += 10_000;
    expect(meter.readMs()).toBe(1_500);
    meter.run(1);
    nowMs += 500.9;
    expect(meter.readMs()).toBe(2_000);
  });

  it('counts a throttled job by its share of the processors', () => {
    let nowMs = 0;
    const meter = createMeter(0, 60_000, () => nowMs);
    meter.run(1);
    nowMs += 1_000;
    meter.run(0.1);
    nowMs += 5_000;
    meter.run(1);
    nowMs += 100;
    expect(meter.readMs()).toBe(1_600);
  });

  it('goes on from what was written before a crash, without the time it was down', () => {
    let nowMs = 9_000;
    const meter = createMeter(4_000, 60_000, () => nowMs);
    nowMs += 5_000;
    expect(meter.readMs()).toBe(4_000);
  });

  it('never counts more than is funded, never less than before', () => {
    fc.assert(
      fc.property(
        fc.nat(5_000),
        fc.array(fc.record({ passMs: fc.double({ min: 0, max: 2_000, noNaN: true }), run: fc.boolean() })),
        (durableMs, steps) => {
          let nowMs = 0;
          const meter = createMeter(durableMs, 5_000, () => nowMs);
          let before = 0;
          for (const each of steps) {
            if (each.run) meter.run(1);
            else meter.hold();
            nowMs += each.passMs;
            const read = meter.readMs();
            expect(read).toBeGreaterThanOrEqual(before);
            expect(read).toBeLessThanOrEqual(5_000);
            before = read;
          }
        },
      ),
    );
  });
});
