import { locale } from '../i18n/locale.ts';
import { t } from '../i18n/t.ts';
import { formatDuration, inLargestUnit } from './duration.ts';

const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
const clockSeconds = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const date = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
const dateYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
const weekdayDate = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short' });
// A ledger day is a calendar date without a zone: read and written as UTC, it stays that date.
const ledgerDay = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const ledgerDate = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'short' });

export const formatClock = (atMs: number): string => clock.format(atMs);
export const formatClockSeconds = (atMs: number): string => clockSeconds.format(atMs);
/** `day`: an ISO date, `2026-11-22`. */
export const formatLedgerDay = (day: string): string => ledgerDay.format(new Date(day));
/** The same with weekday and year. */
export const formatLedgerDate = (day: string): string => ledgerDate.format(new Date(day));

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

/** `Mon, 23 Nov`. */
export const formatWeekdayDate = (atMs: number): string => weekdayDate.format(atMs);

/** A time to come, as one says it: `today at 22:00`, `tomorrow at 06:00`, `Thu, 26 Nov at 22:00`. */
export function formatWallTime(atMs: number, nowMs: number): string {
  const tomorrow = new Date(nowMs);
  tomorrow.setDate(tomorrow.getDate() + 1);
  const day = new Date(atMs).toDateString();
  if (day === new Date(nowMs).toDateString()) return t('time.today', { clock: formatClock(atMs) });
  if (day === tomorrow.toDateString()) return t('time.tomorrow', { clock: formatClock(atMs) });
  return t('time.day', { day: formatWeekdayDate(atMs), clock: formatClock(atMs) });
}

const HOUR_MS = 3_600_000;

/** `in 3:12`: below an hour to the second, so that it can be watched; else `in 5 h 2 min`. */
export function formatCountdown(atMs: number, nowMs: number): string {
  const seconds = Math.ceil((atMs - nowMs) / 1_000);
  if (seconds <= 0) return t('time.any-moment');
  if (seconds * 1_000 >= HOUR_MS) return t('time.in', { time: formatDuration(seconds * 1_000) });
  return t('time.in', { time: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}` });
}
