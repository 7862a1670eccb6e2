import { expect, test } from 'vitest';
import { powerOf } from './upower.ts';

const mains = { OnBattery: false, LidIsPresent: false };
const nothing = { Type: 0, IsPresent: false, Percentage: 0 };

test('a desktop computer has no charge', () => {
  expect(powerOf(mains, nothing)).toEqual({ onAc: true, chargePercent: null, isLaptop: false });
});

test('a battery makes a laptop, and so does a lid without one', () => {
  expect(powerOf({ ...mains, OnBattery: true }, { Type: 2, IsPresent: true, Percentage: 40.5 })).toEqual({
    onAc: false,
    chargePercent: 40.5,
    isLaptop: true,
  });
  expect(powerOf({ ...mains, LidIsPresent: true }, nothing)).toEqual({ onAc: true, chargePercent: null, isLaptop: true });
});

test('a computer on a UPS has a charge and is no laptop', () => {
  expect(powerOf(mains, { Type: 3, IsPresent: true, Percentage: 100 })).toEqual({ onAc: true, chargePercent: 100, isLaptop: false });
});
