import { describe, expect, it } from 'vitest';
import { parseBytes, parseDurationMs } from './job/units.ts';
import { duration, money, plainText } from './print.ts';

describe('figures in the terminal', () => {
  it('show money to the micro-credit with its unit and no rounding', () => {
    expect(money(138, 'TEST')).toBe('0.000138 TEST');
    expect(money(10_000_000, 'TEST')).toBe('10.00 TEST');
    expect(money(1_250_000, null)).toBe('1.25');
    expect(money(180, 'TEST')).toBe('0.000180 TEST');
    expect(money(-5, 'TEST')).toBe('-0.000005 TEST');
  });

  it('show durations in two units at most', () => {
    expect(duration(1_234)).toBe('1.2 s');
    expect(duration(200_000)).toBe('3 min 20 s');
    expect(duration(7_500_000)).toBe('2 h 5 min');
  });

  it("show a stranger's text without terminal sequences", () => {
    expect(plainText('a\u001b]0;owned\u0007\tb\r\n\u009b31m')).toBe('a]0;owned\tb\n31m');
  });

  it('read durations and sizes as people write them', () => {
    expect(parseDurationMs('1h30m')).toBe(5_400_000);
    expect(parseDurationMs('-1m')).toBeNull();
    expect(parseBytes('1.5GiB')).toBe(1_610_612_736);
    expect(parseBytes('10')).toBeNull();
  });
});
