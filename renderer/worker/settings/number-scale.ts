import type { SettingKey, Settings } from '../../../src/contract/model/settings.ts';

export type NumberKey = { [K in SettingKey]: Exclude<Settings[K], null> extends number ? K : never }[SettingKey];
export type NumberUnit = 'minutes' | 'days' | 'percent' | 'celsius' | 'watts' | 'gib' | 'price' | 'per-kwh';

/** How a number is shown to people: `size` of the setting's own unit make one of `unit`. Limits are in the unit shown, as the contract sets them. */
export interface NumberScale {
  readonly unit: NumberUnit;
  readonly size: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** The setting takes whole numbers of its own unit only. */
  readonly whole: boolean;
  /** Empty means: no limit. */
  readonly mayBeEmpty: boolean;
}

const MINUTES: NumberScale = { unit: 'minutes', size: 60_000, min: 0.1, max: 1_440, step: 1, whole: true, mayBeEmpty: false };
const SHARE: NumberScale = { unit: 'percent', size: 0.01, min: 5, max: 100, step: 5, whole: false, mayBeEmpty: false };
const CELSIUS: NumberScale = { unit: 'celsius', size: 1, min: 40, max: 110, step: 1, whole: false, mayBeEmpty: false };
const GIB: NumberScale = { unit: 'gib', size: 2 ** 30, min: 0.1, max: 2 ** 20, step: 1, whole: true, mayBeEmpty: false };
/** An hour of a device. */
export const PRICE: NumberScale = { unit: 'price', size: 1_000_000, min: 0, max: 1_000, step: 0.01, whole: true, mayBeEmpty: false };
/** A kilowatt-hour from the wall. */
export const PER_KWH: NumberScale = { unit: 'per-kwh', size: 1_000_000, min: 0, max: 10, step: 0.01, whole: true, mayBeEmpty: false };

export const numberScales: Record<NumberKey, NumberScale> = {
  'presence.idleDelayMs': MINUTES,
  'presence.evictAfterMs': MINUTES,
  'presence.cpuByOthersShare': SHARE,
  'limits.busyCpuShare': { ...SHARE, min: 0, max: 50 },
  'limits.cpuShare': SHARE,
  'limits.memoryShare': { ...SHARE, max: 90 },
  'limits.diskBytes': GIB,
  'limits.imageBytes': GIB,
  'limits.imageCacheBytes': { ...GIB, min: 0, step: 5 },
  'power.minChargePercent': { unit: 'percent', size: 1, min: 0, max: 100, step: 5, whole: true, mayBeEmpty: false },
  'power.maxDrawWatts': { unit: 'watts', size: 1, min: 1, max: 100_000, step: 10, whole: false, mayBeEmpty: true },
  'thermal.cpuLimitC': CELSIUS,
  'thermal.gpuLimitC': CELSIUS,
  'pricing.cpuMicroPerHour': PRICE,
  'pricing.gpuMicroPerHour': PRICE,
  'pricing.marginShare': { ...SHARE, min: 0, max: 1_000 },
  'power.supplyEfficiency': { ...SHARE, min: 50, step: 1 },
  'benchmark.everyDays': { unit: 'days', size: 1, min: 1, max: 365, step: 1, whole: true, mayBeEmpty: false },
};

/** As typed into a field; empty for "no limit". At most six decimals, which is a micro-credit. */
export const toField = (value: number | null, { size }: NumberScale): string =>
  value === null ? '' : String(Number((value / size).toFixed(6)));

/** What a field says, in the setting's own unit; undefined when it cannot be. */
export function fromField(text: string, { size, min, max, whole, mayBeEmpty }: NumberScale): number | null | undefined {
  if (text.trim() === '') return mayBeEmpty ? null : undefined;
  const shown = Number(text.trim().replace(',', '.'));
  if (!Number.isFinite(shown) || shown < min || shown > max) return undefined;
  // Through a decimal string, so that 0.07 of a percent scale does not become 0.0700000001.
  return whole ? Math.round(shown * size) : Number((shown * size).toPrecision(12));
}
