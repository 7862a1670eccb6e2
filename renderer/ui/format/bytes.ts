import { locale } from '../i18n/locale.ts';
import { t } from '../i18n/t.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const format = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

/** Binary units, one decimal at most. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return t('unknown');
  const step = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${format.format(bytes / 1024 ** step)} ${UNITS[step]}`;
}
