import { describe, expect, it } from 'vitest';
import { tariff } from '../../../src/contract/model/power.ts';
import { settings } from '../../../src/contract/model/settings.ts';
import { fromField, type NumberKey, numberScales, PER_KWH, PRICE, toField } from './number-scale.ts';

const keys = Object.keys(numberScales) as NumberKey[];

describe('numbers with a unit', () => {
  it('shows a setting in its unit and takes it back unchanged', () => {
    expect(toField(5 * 60_000, numberScales['presence.idleDelayMs'])).toBe('5');
    expect(toField(0.25, numberScales['presence.cpuByOthersShare'])).toBe('25');
    expect(toField(50_000, numberScales['pricing.cpuMicroPerHour'])).toBe('0.05');
    expect(fromField('7', numberScales['limits.cpuShare'])).toBe(0.07);
    expect(fromField('0.05', numberScales['pricing.cpuMicroPerHour'])).toBe(50_000);
    expect(fromField('1,5', numberScales['presence.idleDelayMs'])).toBe(90_000);
    const defaults = settings.parse({});
    for (const key of keys) expect(fromField(toField(defaults[key], numberScales[key]), numberScales[key]), key).toBe(defaults[key]);
  });

  it('offers no number that the agent would refuse', () => {
    for (const key of keys) {
      const scale = numberScales[key];
      for (const limit of [scale.min, scale.max]) {
        const value = fromField(String(limit), scale);
        expect(settings.shape[key].safeParse(value).success, `${key} at ${limit}`).toBe(true);
      }
      expect(fromField(String(scale.max * 2), scale), key).toBeUndefined();
      expect(fromField('-1', scale), key).toBeUndefined();
      expect(fromField('much', scale), key).toBeUndefined();
    }
    for (const limit of [PER_KWH.min, PER_KWH.max])
      expect(tariff.safeParse({ kind: 'flat', microPerKwh: fromField(String(limit), PER_KWH) }).success).toBe(true);
    for (const limit of [PRICE.min, PRICE.max])
      expect(settings.shape['pricing.ofDevices'].safeParse({ d: fromField(String(limit), PRICE) }).success).toBe(true);
  });

  it('takes an empty field as no limit only where there may be none', () => {
    expect(fromField(' ', numberScales['power.maxDrawWatts'])).toBeNull();
    expect(fromField('', numberScales['thermal.cpuLimitC'])).toBeUndefined();
    expect(toField(null, numberScales['power.maxDrawWatts'])).toBe('');
  });
});
