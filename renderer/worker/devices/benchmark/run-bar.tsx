import type { ReactNode } from 'react';
import type { BenchmarkRun } from '../../../../src/contract/model/benchmark.ts';
import { formatShare } from '../../../ui/format/measures.ts';
import { t } from '../../../ui/i18n/t.ts';
import { fullName } from '../../device-names.ts';
import { useWorker } from '../../store.ts';
import { remainingText } from './run-words.ts';

/** A benchmark's progress, for those who hear it as well. */
export function RunBar({
  run,
  className,
  children,
}: {
  readonly run: BenchmarkRun;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  const device = useWorker((state) => {
    const found = state.devices.find(({ id }) => id === run.deviceId);
    return found === undefined ? run.deviceId : fullName(found, state.devices);
  });
  const percent = Math.round(run.progress * 100);
  return (
    <div
      role="progressbar"
      aria-label={t('bench.progress', { device })}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={t('bench.percent', {
        percent: formatShare(run.progress),
        step: t(`bench-step.${run.step}`),
        remaining: remainingText(run),
      })}
      className={className}
    >
      {children}
    </div>
  );
}
