import { locale } from '../i18n/locale.ts';

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
const percentTenths = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
/** Three figures, and no more decimals than a measurement is worth. */
const three = new Intl.NumberFormat(locale, { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
const two = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export const formatCelsius = (celsius: number): string => `${whole.format(celsius)} °C`;
export const formatWatts = (watts: number): string => `${whole.format(watts)} W`;
/** In GHz from there on: `210 MHz`, `2.52 GHz`. */
export const formatMegahertz = (mhz: number): string => (mhz < 1_000 ? `${whole.format(mhz)} MHz` : `${two.format(mhz / 1_000)} GHz`);
/** A share from 0 to 1 as `97%`. */
export const formatShare = (share: number): string => percent.format(share);
/** For small shares such as a spread: `0.4%`. */
export const formatSpread = (share: number): string => percentTenths.format(share);
/** A measured rate: `82.4`, `1,010`, `0.00443`. */
export const formatRate = (value: number): string => (value >= 1_000 ? whole.format(value) : three.format(value));
export const formatFactor = (value: number): string => two.format(value);
