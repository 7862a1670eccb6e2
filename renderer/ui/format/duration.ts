import { locale } from '../i18n/locale.ts';
import { t } from '../i18n/t.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span in its two largest units, rounded down; below a second in tenths. */
export function formatDuration(ms: number): string {
  if (ms > 0 && ms < SECOND) return t('duration.s', { s: (Math.max(1, Math.floor(ms / 100)) / 10).toFixed(1) });
  const d = Math.floor(ms / DAY);
  const h = Math.floor((ms % DAY) / HOUR);
  const min = Math.floor((ms % HOUR) / MINUTE);
  const s = Math.floor((ms % MINUTE) / SECOND);
  if (d > 0) return join(t('duration.d', { d }), h > 0 && t('duration.h', { h }));
  if (h > 0) return join(t('duration.h', { h }), min > 0 && t('duration.min', { min }));
  if (min > 0) return join(t('duration.min', { min }), s > 0 && t('duration.s', { s }));
  return t('duration.s', { s });
}

const join = (first: string, second: string | false): string => (second === false ? first : `${first} ${second}`);

type Unit = 'second' | 'minute' | 'hour' | 'day';
const UNIT_MS: Record<Unit, number> = { second: SECOND, minute: MINUTE, hour: HOUR, day: DAY };

/** A span, either way in time, counted in the largest unit that it fills. */
export function inLargestUnit(ms: number): { readonly count: number; readonly unit: Unit } {
  const size = Math.abs(ms);
  const unit = size < MINUTE ? 'second' : size < HOUR ? 'minute' : size < DAY ? 'hour' : 'day';
  return { count: Math.trunc(ms / UNIT_MS[unit]), unit };
}

/** `7 days`: for a sentence. */
export function formatSpokenDuration(ms: number): string {
  const { count, unit } = inLargestUnit(ms);
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

/** To the millisecond: what a receipt bills. */
export function formatExactSeconds(ms: number): string {
  const whole = Math.floor(ms / SECOND);
  return t('duration.s', { s: `${whole}.${String(ms - whole * SECOND).padStart(3, '0')}` });
}
