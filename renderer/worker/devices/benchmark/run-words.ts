import type { BenchmarkRun } from '../../../../src/contract/model/benchmark.ts';
import { formatDuration } from '../../../ui/format/duration.ts';
import { t } from '../../../ui/i18n/t.ts';

/** Counted in whole seconds: what is left is an estimate. */
export const remainingText = ({ remainingMs }: BenchmarkRun): string =>
  remainingMs === null
    ? t('bench.remaining.unknown')
    : t('bench.remaining', { time: formatDuration(Math.ceil(remainingMs / 1_000) * 1_000) });
