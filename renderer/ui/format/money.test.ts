import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCredits, formatMoney } from './money.ts';

describe('money', () => {
  it('shows a test network’s amounts with TEST and no currency sign', () => {
    expect(formatMoney(138, 'TEST')).toBe('0.000138 TEST');
    expect(formatMoney(1_234_567_890, 'USD')).toBe('1,234.567890 USD');
  });

  it('keeps six decimals where columns align and trims prices to two', () => {
    expect(formatCredits(50_000)).toBe('0.050000');
    expect(formatCredits(50_000, 'short')).toBe('0.05');
    expect(formatCredits(50_001, 'short')).toBe('0.050001');
    expect(formatCredits(3_000_000, 'short')).toBe('3.00');
  });

  it('shows three figures of a price at a glance, and two decimals where they are all of it', () => {
    const prices = [204_147, 148_470, 5_190, 12, 50_000, 200_000, 1_000_000, 1_234_567, 123_456_789, -148_470, 0];
    expect(prices.map((micro) => formatCredits(micro, 'glance'))).toEqual([
      '0.204',
      '0.148',
      '0.00519',
      '0.000012',
      '0.05',
      '0.20',
      '1.00',
      '1.23',
      '123.46',
      '-0.148',
      '0.00',
    ]);
  });

  it('shows the unknown as a dash and nothing as nothing', () => {
    expect(formatMoney(null, 'TEST')).toBe('—');
    expect(formatMoney(0, null)).toBe('—');
    expect(formatMoney(0, 'TEST')).toBe('0.000000 TEST');
  });

  it('keeps the sign below one credit', () => {
    expect(formatCredits(-1)).toBe('-0.000001');
    expect(formatCredits(-1_000_001)).toBe('-1.000001');
  });

  it('loses no micro-credit, however large the amount', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (micro) => {
        expect(BigInt(formatCredits(micro).replace(/[.,]/g, ''))).toBe(BigInt(micro));
      }),
    );
  });
});
