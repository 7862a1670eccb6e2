import { styleText } from 'node:util';
import { type Currency, MICRO_PER_CREDIT } from '../contract/model/money.ts';

export const line = (text = ''): void => {
  process.stdout.write(`${text}\n`);
};

/** A stranger's text without what a terminal would obey: control characters but the line's end and the tab. */
export const plainText = (text: string): string => text.replace(/[^\P{Cc}\n\t]/gu, '');

/** Micro-credits as people read them: two decimals, or six where the amount has them, with the unit. */
export function money(micro: number, unit: Currency | null): string {
  const size = Math.abs(micro);
  const fraction = String(size % MICRO_PER_CREDIT).padStart(6, '0');
  const shown = fraction.endsWith('0000') ? fraction.slice(0, 2) : fraction;
  return `${micro < 0 ? '-' : ''}${Math.trunc(size / MICRO_PER_CREDIT)}.${shown}${unit === null ? '' : ` ${unit}`}`;
}

/** 1.2 s, 45 s, 3 min 20 s, 2 h 5 min */
export function duration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function bytes(count: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  return `${(count / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** A table with aligned columns; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, index) => Math.max(all[index] ?? 0, cell.length)), []);
  return rows
    .map((row, index) => {
      const text = row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd();
      return index === 0 ? styleText('dim', text) : text;
    })
    .join('\n');
}

export const tick = styleText('green', '✓');
export const cross = styleText('red', '✗');
