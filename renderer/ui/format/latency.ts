import { locale } from '../i18n/locale.ts';
import { t } from '../i18n/t.ts';

const SECOND_US = 1_000_000;
const MS_US = 1_000;
/** Nobody notices less than a tenth of a millisecond. */
const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, useGrouping: false });
const figures = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3, useGrouping: false });

/** Microseconds as `0.4 ms`, `38.4 ms` or `1.24 s`. */
export const formatLatency = (us: number): string =>
  us < SECOND_US ? t('latency.ms', { ms: tenths.format(us / MS_US) }) : t('duration.s', { s: figures.format(us / SECOND_US) });
