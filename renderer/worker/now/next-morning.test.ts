import { describe, expect, it } from 'vitest';
import { nextMorningMs } from './next-morning.ts';

const at = (day: number, hour: number, minute = 0): number => new Date(2026, 10, day, hour, minute).getTime();

describe('tomorrow morning', () => {
  it('is the next six o’clock, or the one after when that is too near', () => {
    expect(nextMorningMs(at(22, 20))).toBe(at(23, 6));
    expect(nextMorningMs(at(23, 1))).toBe(at(23, 6));
    expect(nextMorningMs(at(23, 5, 30))).toBe(at(24, 6));
  });
});
