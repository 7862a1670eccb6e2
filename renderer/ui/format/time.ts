import { locale } from '../i18n/locale.ts';
import { inLargestUnit } from './duration.ts';

const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
const clockSeconds = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const date = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
const dateYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
// A ledger day is a calendar date without a zone: read and written as UTC, it stays that date.
const ledgerDay = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'short' });

const formatClock = (atMs: number): string => clock.format(atMs);
export const formatClockSeconds = (atMs: number): string => clockSeconds.format(atMs);
/** `day`: an ISO date, `2026-11-22`. */
export const formatLedgerDay = (day: string): string => ledgerDay.format(new Date(day));

export function formatDate(atMs: number, nowMs: number): string {
  return (new Date(atMs).getFullYear() === new Date(nowMs).getFullYear() ? date : dateYear).format(atMs);
}

/** The clock for today, the date and the clock for any other day. */
export function formatMoment(atMs: number, nowMs: number): string {
  const sameDay = new Date(atMs).toDateString() === new Date(nowMs).toDateString();
  return sameDay ? formatClock(atMs) : `${formatDate(atMs, nowMs)}, ${formatClock(atMs)}`;
}

/** `in 42 min`, `12 sec ago`: the distance in its largest unit. */
export function formatRelative(atMs: number, nowMs: number): string {
  const { count, unit } = inLargestUnit(atMs - nowMs);
  return relative.format(count, unit);
}
