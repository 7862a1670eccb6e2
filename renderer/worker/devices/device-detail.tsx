import type { HardwareDevice } from '../../../src/contract/model/device.ts';
import { Card } from '../../ui/card.tsx';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { useWorker } from '../store.ts';
import { BenchmarkSection } from './benchmark/benchmark-section.tsx';
import { CostCard } from './cost-card.tsx';
import { FactsCard } from './facts-card.tsx';
import { HealthBadge, HealthNote } from './health.tsx';
import { HistoryCard } from './history-card.tsx';
import { Identity } from './identity.tsx';
import { besides, LiveFigures } from './live-figures.tsx';
import { metricsOf } from './metrics.ts';
import { SharingSwitch, UnshareableNote } from './sharing-line.tsx';

/** Everything about one device. */
export function DeviceDetail({ deviceId }: { readonly deviceId: string }) {
  const device = useWorker((state) => state.devices.find(({ id }) => id === deviceId));
  return (
    <>
      <a
        href="#/devices"
        className="-ml-1 inline-flex items-center gap-1 rounded py-0.5 text-[13px] text-accent underline-offset-4 hover:underline"
      >
        <Icon name="chevron" className="size-3.5 rotate-90" />
        {t('devices.back')}
      </a>
      {device === undefined ? (
        <>
          <h1 className="mt-1 text-3xl leading-9 font-semibold tracking-tight">{t('devices.gone')}</h1>
          <p className="mt-1 text-[15px] text-pretty text-muted">{t('devices.gone.detail')}</p>
        </>
      ) : (
        <Known device={device} />
      )}
    </>
  );
}

function Known({ device }: { readonly device: HardwareDevice }) {
  const hasFigures = metricsOf(device.kind).length > 0;
  const isLost = device.health.kind === 'lost';
  return (
    <div data-testid="device-detail">
      <div className="mt-1 flex flex-wrap items-start justify-between gap-x-8 gap-y-3">
        <div className="min-w-0 flex-1 basis-80">
          <h1 className="mb-1.5 text-3xl leading-9 font-semibold tracking-tight [overflow-wrap:anywhere]">{device.name}</h1>
          <Identity device={device} />
        </div>
        <div className="grid gap-2 sm:justify-items-end">
          {device.kind !== 'software' && <HealthBadge health={device.health} />}
          <SharingSwitch device={device} />
        </div>
      </div>
      <div className="mt-6 grid grid-cols-[minmax(0,1fr)] gap-4">
        <HealthNote device={device} />
        <UnshareableNote device={device} />
        {hasFigures && !isLost && (
          <Card title={t('live.title')} testId="live">
            <LiveFigures device={device} />
            <Besides device={device} />
          </Card>
        )}
        {hasFigures && <HistoryCard device={device} />}
        <BenchmarkSection device={device} />
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-2">
          {device.kind !== 'software' && <CostCard device={device} />}
          <FactsCard device={device} />
        </div>
      </div>
    </div>
  );
}

/** What is told besides the figures, and by whom. */
function Besides({ device }: { readonly device: HardwareDevice }) {
  const sample = useWorker((state) => state.telemetry[device.id]);
  if (sample === undefined) return <p className="mt-3 text-[13px] text-muted">{t('live.waiting')}</p>;
  const parts = metricsOf(device.kind).flatMap((metric) => besides(metric, sample));
  return (
    <p className="mt-3 min-h-5 text-[13px] text-pretty text-muted tabular-nums" data-testid="live-besides">
      {[...parts, t('live.source', { source: sample.source })].join(' · ')}
    </p>
  );
}
