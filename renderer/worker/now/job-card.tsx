import type { LiveLease } from '../../../src/contract/worker-api.ts';
import { DeviceLabel } from '../../ui/device-label.tsx';
import { formatBytes } from '../../ui/format/bytes.ts';
import { formatDuration } from '../../ui/format/duration.ts';
import { formatCredits } from '../../ui/format/money.ts';
import { locale } from '../../ui/i18n/locale.ts';
import { t } from '../../ui/i18n/t.ts';
import { Money } from '../../ui/money.tsx';
import { useWorker } from '../store.ts';
import { leasePhase } from './headline.ts';
import { Fact } from './job-fact.tsx';
import { JobNetwork } from './job-network.tsx';
import { JobProgress } from './job-progress.tsx';
import { LogTail } from './log-tail.tsx';
import { StopJob } from './stop-job.tsx';

const figures = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });

/** The job that is on a device now: what it is, how far, what it may do and what it brings. */
export function JobCard({ lease }: { readonly lease: LiveLease }) {
  const device = useWorker((state) => state.devices.find((one) => one.id === lease.deviceId));
  const currency = useWorker((state) => state.earnings.currency);
  const phase = leasePhase(lease.step);
  return (
    <section
      aria-label={t('job.region', { job: lease.jobName })}
      data-testid="live-job"
      data-step={lease.step}
      className="@container rounded-xl border border-line bg-surface"
    >
      <header className="flex items-start justify-between gap-4 p-5 pb-4">
        <div className="min-w-0">
          <h2 className="text-xl leading-7 font-semibold tracking-tight [overflow-wrap:anywhere]">{lease.jobName}</h2>
          <p className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-muted">
            {device !== undefined && <DeviceLabel kind={device.kind} />}
            <span className="[overflow-wrap:anywhere]">{device?.name ?? lease.deviceId}</span>
          </p>
        </div>
        {phase !== 'finishing' && <StopJob lease={lease} />}
      </header>
      <JobProgress lease={lease} />
      <dl className="grid grid-cols-2 gap-x-6 gap-y-4 p-5 @xl:grid-cols-3">
        <Fact term={t('job.earned')} detail={t('job.earned.fee', { fee: formatCredits(lease.chargeMicro - lease.netMicro) })}>
          <span data-testid="earned">
            <Money micro={lease.netMicro} currency={currency} />
          </span>
        </Fact>
        <Fact term={t('job.time')} detail={t('job.time.of', { limit: formatDuration(lease.maxUnfrozenMs) })}>
          <span className="figure" data-testid="time-used">
            {formatDuration(lease.unfrozenMs)}
          </span>
        </Fact>
        <Fact term={t('job.price')}>
          <Money micro={lease.microPerHour} currency={currency} digits="short" />
        </Fact>
        <Fact term={t('job.limits')}>
          {t('job.limits.of', { memory: formatBytes(lease.memoryBytes), cpus: figures.format(lease.cpus), count: lease.cpus })}
        </Fact>
        <JobNetwork network={lease.network} />
        <Fact term={t('job.image')}>
          <code title={lease.image} className="block truncate text-[13px] leading-5 font-normal">
            {lease.image}
          </code>
        </Fact>
      </dl>
      <LogTail lines={lease.logTail} />
    </section>
  );
}
