import type { LiveLease } from '../../../src/contract/worker-api.ts';
import { formatDuration } from '../../ui/format/duration.ts';
import { locale } from '../../ui/i18n/locale.ts';
import { t } from '../../ui/i18n/t.ts';
import { leasePhase } from './headline.ts';

const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });

/** The step in words over one bar: its progress, or while it runs the time used of its limit; moving where neither is known. */
export function JobProgress({ lease }: { readonly lease: LiveLease }) {
  const phase = leasePhase(lease.step);
  const gentle = lease.throttled && phase === 'running';
  const counted = phase === 'running' || phase === 'frozen';
  const share = lease.progress ?? (counted ? Math.min(1, lease.unfrozenMs / lease.maxUnfrozenMs) : null);
  const words =
    lease.progress !== null
      ? percent.format(lease.progress)
      : counted
        ? t('job.time.left', { time: formatDuration(Math.max(0, lease.maxUnfrozenMs - lease.unfrozenMs)) })
        : '';
  const colour = phase === 'frozen' ? 'bg-idle' : phase === 'running' ? 'bg-good' : 'bg-accent';
  return (
    <div className="px-5">
      <div className="mb-2 flex items-baseline justify-between gap-4">
        <p className="font-medium" role="status" data-testid="step">
          {t(gentle ? 'step.running.gently' : `step.${lease.step}`)}
        </p>
        <p className="figure text-[13px] text-muted">{words}</p>
      </div>
      <div
        role="progressbar"
        aria-label={t('job.progress')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share === null ? undefined : Math.round(share * 100)}
        aria-valuetext={words === '' ? t(`step.${lease.step}`) : words}
        className="h-1.5 overflow-hidden rounded-full bg-raised"
      >
        {share === null ? (
          <div data-fill className={`h-full w-2/5 animate-slide rounded-full ${colour}`} />
        ) : (
          <div data-fill className={`h-full rounded-full transition-[width] duration-700 ${colour}`} style={{ width: `${share * 100}%` }} />
        )}
      </div>
    </div>
  );
}
