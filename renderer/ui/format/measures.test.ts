import { describe, expect, it } from 'vitest';
import { formatCelsius, formatMegahertz, formatRate, formatShare, formatSpread, formatWatts } from './measures.ts';

describe('measured figures', () => {
  it('have their unit and no more decimals than can be read at a glance', () => {
    expect([formatCelsius(63.6), formatWatts(311.7), formatMegahertz(2520), formatMegahertz(210), formatShare(0.974)]).toEqual([
      '64 °C',
      '312 W',
      '2.52 GHz',
      '210 MHz',
      '97%',
    ]);
  });

  it('keep three figures of a rate, however large or small', () => {
    expect([82.44, 165, 1008.4, 0.004429, 9].map(formatRate)).toEqual(['82.4', '165', '1,008', '0.00443', '9.00']);
  });

  it('keep tenths of a spread, which is small', () => {
    expect(formatSpread(0.0043)).toBe('0.4%');
  });
});
