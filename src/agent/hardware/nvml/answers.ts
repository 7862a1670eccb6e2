import type { NvmlAnswer } from './nvml-library.ts';

/** What was answered; null: it was refused. */
export const known = <T>(answer: NvmlAnswer<T>): T | null => (answer.ok ? answer.value : null);
export const positive = (value: number | null): number | null => (value !== null && value > 0 ? value : null);
export const watts = (milliwatts: number | null): number | null => (milliwatts === null ? null : milliwatts / 1_000);
export const share = (percent: number | null): number | null => (percent === null ? null : Math.min(1, percent / 100));
