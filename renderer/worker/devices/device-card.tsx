import type { HardwareDevice } from '../../../src/contract/model/device.ts';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { deviceAddress } from '../device-names.ts';
import { CardBenchmark } from './benchmark/card-benchmark.tsx';
import { CardCost } from './card-cost.tsx';
import { HealthBadge, HealthNote } from './health.tsx';
import { healthStanding } from './health-standing.ts';
import { Identity } from './identity.tsx';
import { LiveFigures } from './live-figures.tsx';
import { SharingSwitch, UnshareableNote } from './sharing-line.tsx';

/** One device among the others: who it is, how it does, whether it is shared, what it can do and what it costs. */
export function DeviceCard({ device }: { readonly device: HardwareDevice }) {
  const isLost = device.health.kind === 'lost';
  const standing = healthStanding(device.health);
  return (
    <li
      data-testid={`device-${device.id}`}
      data-health={standing}
      className={`@container flex min-w-0 flex-col gap-3 rounded-xl border bg-surface p-5 ${standing === 'quarantined' || isLost ? 'border-bad/60' : 'border-line'}`}
    >
      <div className="flex items-start justify-between gap-4">
        <h3 className="min-w-0 text-lg leading-6 font-semibold tracking-tight [overflow-wrap:anywhere]">
          <a href={deviceAddress(device.id)} className="flex items-start gap-1 rounded underline-offset-4 hover:underline">
            <span className="min-w-0">{device.name}</span>
            <Icon name="chevron" className="mt-1 size-4 -rotate-90 text-muted" />
            <span className="sr-only">{t('card.details')}</span>
          </a>
        </h3>
        <span className="shrink-0 leading-6">{device.kind !== 'software' && <HealthBadge health={device.health} />}</span>
      </div>
      <Identity device={device} />
      <HealthNote device={device} />
      <UnshareableNote device={device} />
      {!isLost && <LiveFigures device={device} />}
      <div className="mt-auto border-t border-line pt-3">
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
          {device.kind === 'gpu' && <CardBenchmark device={device} />}
          <div className="ml-auto">
            <SharingSwitch device={device} />
          </div>
        </div>
        <CardCost device={device} />
      </div>
    </li>
  );
}
