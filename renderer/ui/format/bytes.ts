import { locale } from '../i18n/locale.ts';
import { t } from '../i18n/t.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

/** Binary units; tenths only below a hundred. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return t('unknown');
  const step = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** step;
  return `${(value < 100 ? tenths : whole).format(value)} ${UNITS[step]}`;
}
