import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chargeMicro, feeMicro, holdMicro } from './money.ts';

const ms = fc.nat(30 * 24 * 3_600_000);
const price = fc.nat(1_000_000_000);

describe('money', () => {
  it('charges whole micro-credits, rounded down', () => {
    expect(chargeMicro(3_600_000, 50_000)).toBe(50_000);
    expect(chargeMicro(71, 50_000)).toBe(0);
    expect(chargeMicro(72, 50_000)).toBe(1);
  });

  it('takes a fee rounded up, never more than the charge', () => {
    expect(feeMicro(1, 2_000)).toBe(1);
    expect(feeMicro(500, 2_000)).toBe(100);
    fc.assert(fc.property(fc.nat(1e12), fc.integer({ min: 0, max: 10_000 }), (charge, rate) => feeMicro(charge, rate) <= charge));
  });

  it('holds enough for any time up to the limit at any price up to the highest', () => {
    fc.assert(
      fc.property(ms, ms, price, price, (limitMs, usedMs, highest, asked) => {
        expect(chargeMicro(Math.min(usedMs, limitMs), Math.min(asked, highest))).toBeLessThanOrEqual(holdMicro(limitMs, highest));
      }),
    );
  });

  it('never charges less for more time', () => {
    fc.assert(
      fc.property(ms, fc.nat(10_000), price, (usedMs, moreMs, asked) => chargeMicro(usedMs + moreMs, asked) >= chargeMicro(usedMs, asked)),
    );
  });
});
