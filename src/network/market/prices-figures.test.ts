import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { priceAt } from './prices-figures.ts';

const priced = fc.array(fc.record({ microPerHour: fc.nat(1_000), weight: fc.integer({ min: 1, max: 1_000_000 }) }), { minLength: 1 });
const shares = fc.double({ min: 0.001, max: 1, noNaN: true });

describe('a price by its weight', () => {
  it('weighs a long lease for its time and not as one of many', () => {
    const hour = 3_600_000;
    const leases = [
      { microPerHour: 10, weight: 8 * hour },
      { microPerHour: 90, weight: hour },
      { microPerHour: 90, weight: hour },
    ];
    expect(priceAt(0.5, leases)).toBe(10);
    expect(priceAt(0.9, leases)).toBe(90);
    expect(priceAt(0.5, [])).toBeNull();
  });

  it('is a price at or below which the share lies, and below which less than the share lies', () => {
    fc.assert(
      fc.property(priced, shares, (all, share) => {
        const found = priceAt(share, all) ?? Number.NaN;
        const total = all.reduce((sum, { weight }) => sum + weight, 0);
        const weightOf = (counts: (price: number) => boolean): number =>
          all.filter(({ microPerHour }) => counts(microPerHour)).reduce((sum, { weight }) => sum + weight, 0);
        expect(all.map(({ microPerHour }) => microPerHour)).toContain(found);
        expect(weightOf((price) => price <= found)).toBeGreaterThanOrEqual(share * total);
        expect(weightOf((price) => price < found)).toBeLessThan(share * total);
      }),
    );
  });
});
