import { type Currency, MICRO_PER_CREDIT } from '../../../src/contract/model/money.ts';
import { locale } from '../i18n/locale.ts';
import { t } from '../i18n/t.ts';

/**
 * `full`: always six decimals, so that columns align and live figures do not jump. `short`: two to six, for prices. `glance`: a price as it is
 * read in passing, three figures where two decimals are not all of it; where it stands, the exact one is a click away.
 */
export type MoneyDigits = 'full' | 'short' | 'glance';

const DECIMALS = 6;
const formats: Record<MoneyDigits, Intl.NumberFormat> = {
  full: new Intl.NumberFormat(locale, { minimumFractionDigits: DECIMALS, maximumFractionDigits: DECIMALS }),
  short: new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: DECIMALS }),
  glance: new Intl.NumberFormat(locale, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
    maximumSignificantDigits: 3,
    roundingPriority: 'morePrecision',
  }),
};

/** Micro-credits in credits, without the unit. Exact but at a glance: goes from whole micro-credits to a decimal string, never through a float. */
export function formatCredits(micro: number | null, digits: MoneyDigits = 'full'): string {
  if (micro === null) return t('unknown');
  const whole = BigInt(micro);
  const size = whole < 0n ? -whole : whole;
  const perCredit = BigInt(MICRO_PER_CREDIT);
  const decimal = `${whole < 0n ? '-' : ''}${size / perCredit}.${(size % perCredit).toString().padStart(DECIMALS, '0')}`;
  const isOfCents = (size * 100n) % perCredit === 0n;
  // Intl takes decimal strings exactly; the type only admits literals it can see.
  return formats[digits === 'glance' && isOfCents ? 'short' : digits].format(decimal as Intl.StringNumericLiteral);
}

/** With its unit. A network without a known currency has no amounts either. */
export function formatMoney(micro: number | null, currency: Currency | null, digits: MoneyDigits = 'full'): string {
  return micro === null || currency === null ? t('unknown') : `${formatCredits(micro, digits)} ${currency}`;
}
