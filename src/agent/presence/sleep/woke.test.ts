import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compare, parseUptimeMs } from './woke.ts';

const ms = (max: number) => fc.integer({ min: 0, max });

test('sleep and clock jumps are told apart, whatever else passed and however unevenly the clocks were read', () => {
  const clocks = fc.record({ wallMs: ms(2e12), monotonicMs: ms(1e9), bootMs: ms(1e9) });
  const jump = fc.oneof(fc.constant(0), fc.integer({ min: -1e10, max: 1e10 }));
  const slept = fc.oneof(fc.constant(0), ms(1e9));
  const unevenness = fc.tuple(ms(400), ms(400), ms(400));
  fc.assert(
    fc.property(clocks, ms(1e8), slept, jump, unevenness, (before, awakeMs, sleptMs, jumpMs, [a, b, c]) => {
      const after = {
        wallMs: before.wallMs + awakeMs + sleptMs + jumpMs + a,
        monotonicMs: before.monotonicMs + awakeMs + b,
        bootMs: before.bootMs + awakeMs + sleptMs + c,
      };
      const woke = compare(before, after);
      if (sleptMs === 0) expect(woke.suspendedMs).toBe(0);
      if (sleptMs > 3_000) expect(Math.abs(woke.suspendedMs - sleptMs)).toBeLessThan(1_000);
      if (jumpMs === 0) expect(woke.clockJumpMs).toBe(0);
      if (Math.abs(jumpMs) > 3_000) expect(Math.abs(woke.clockJumpMs - jumpMs)).toBeLessThan(1_000);
    }),
  );
});

test('the uptime of Linux is read, and nothing else', () => {
  expect(parseUptimeMs('350735.47 234388.90\n')).toBe(350_735_470);
  expect(parseUptimeMs('')).toBeNull();
  expect(parseUptimeMs('up 3 days')).toBeNull();
});
