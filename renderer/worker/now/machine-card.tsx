import type { ReactNode } from 'react';
import type { HardwareDevice } from '../../../src/contract/model/device.ts';
import type { EngineState, SessionState } from '../../../src/contract/worker-api.ts';
import { Card } from '../../ui/card.tsx';
import { CodeText } from '../../ui/code-text.tsx';
import { DeviceLabel } from '../../ui/device-label.tsx';
import { formatBytes } from '../../ui/format/bytes.ts';
import { formatMoney } from '../../ui/format/money.ts';
import { formatMoment, formatRelative } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { useNow } from '../../ui/use-now.ts';
import { deviceAddress, placeIfAmbiguous } from '../device-names.ts';
import { useWorker } from '../store.ts';
import { leasePhase } from './headline.ts';

/** What there is to rent, what keeps jobs in, and whom it talks to. */
export function MachineCard() {
  const all = useWorker((state) => state.devices);
  const devices = all.filter(({ kind }) => kind !== 'software');
  const engine = useWorker((state) => state.sandbox.engine);
  const session = useWorker((state) => state.session);
  return (
    <Card title={t('machine.title')} testId="machine">
      <div className="-mb-4 divide-y divide-line">
        <Part title={t('machine.devices')}>
          {devices.length === 0 && <p className="text-muted">{t('machine.devices.none')}</p>}
          <ul className="grid gap-3">
            {devices.map((device) => (
              <DeviceRow key={device.id} device={device} />
            ))}
          </ul>
        </Part>
        <Part title={t('machine.engine')}>
          <Engine engine={engine} />
        </Part>
        <Part title={t('machine.network')}>
          <Session session={session} />
        </Part>
      </div>
    </Card>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="py-3 first:pt-0 last:pb-4">
      <h3 className="mb-1 text-xs text-faint">{title}</h3>
      {children}
    </div>
  );
}

function DeviceRow({ device }: { readonly device: HardwareDevice }) {
  const busy = useWorker((state) => state.leases.some((lease) => lease.deviceId === device.id && leasePhase(lease.step) === 'running'));
  const place = useWorker((state) => placeIfAmbiguous(device, state.devices));
  const askMicro = useWorker((state) => state.costs.find((cost) => cost.deviceId === device.id)?.askMicroPerHour);
  const currency = useWorker((state) => state.earnings.currency);
  const memory = formatBytes(device.memoryBytes?.value ?? null);
  const facts = [
    ...(place === null ? [] : [place]),
    ...(device.cores === null ? [] : [t('device.cores', { cores: device.cores })]),
    t(device.kind === 'cpu' ? 'device.main-memory' : 'device.vram', { memory }),
  ];
  return (
    <li data-testid={`device-${device.id}`}>
      <p className="font-medium [overflow-wrap:anywhere]">
        <a href={deviceAddress(device.id)} className="rounded underline-offset-4 hover:underline">
          {device.name}
        </a>
      </p>
      <p className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1">
        <DeviceLabel kind={device.kind} />
        {busy && <span className="text-xs font-medium text-good">{t('machine.busy')}</span>}
        {device.health.kind !== 'good' && <span className="text-xs font-medium text-bad">{t(`health.${device.health.kind}`)}</span>}
      </p>
      <p className="mt-1 text-[13px] text-pretty text-muted">{facts.join(' · ')}</p>
      {askMicro !== undefined && currency !== null && device.unshareable === null && (
        <p className="text-[13px] text-muted">{t('machine.asks', { price: formatMoney(askMicro, currency, 'glance') })}</p>
      )}
    </li>
  );
}

function Engine({ engine }: { readonly engine: EngineState }) {
  switch (engine.kind) {
    case 'starting':
      return <p className="text-muted">{t('engine.starting')}</p>;
    case 'missing':
      return (
        <div data-testid="engine-missing">
          <p className="font-medium text-bad">{t('engine.missing')}</p>
          <p className="mt-0.5 text-[13px] text-pretty text-muted">
            <CodeText text={engine.detail} />
          </p>
        </div>
      );
    case 'ready':
      return (
        <div data-testid="engine-ready">
          <p className="font-medium">{t('engine.ready', engine)}</p>
          <div className="mt-1 text-[13px] text-pretty text-muted" data-testid="engine-gaps">
            {engine.missing.length === 0 ? (
              t('engine.enforces-all')
            ) : (
              <>
                <p className="text-warn">{t('engine.gaps')}</p>
                <ul className="list-disc pl-4">
                  {engine.missing.map((gap) => (
                    <li key={gap}>
                      <CodeText text={gap} />
                    </li>
                  ))}
                </ul>
              </>
            )}
          </div>
        </div>
      );
  }
}

function Session({ session }: { readonly session: SessionState }) {
  const nowMs = useNow();
  switch (session.kind) {
    case 'not-enrolled':
      return <p className="font-medium text-bad">{t('session.not-enrolled')}</p>;
    case 'connecting':
      return (
        <>
          <p className="font-medium text-muted">{t('session.connecting')}</p>
          <p className="text-[13px] text-muted [overflow-wrap:anywhere]">{session.networkUrl}</p>
        </>
      );
    case 'offline':
      return (
        <>
          <p className="font-medium text-warn">{t('session.offline')}</p>
          <p className="mt-0.5 text-[13px] text-pretty text-muted">
            {session.detail}{' '}
            {session.retryAtMs - nowMs < 1_000
              ? t('session.retrying')
              : t('session.retry', { in: formatRelative(session.retryAtMs, nowMs) })}
          </p>
        </>
      );
    case 'online':
      return (
        <>
          <p className="font-medium">{session.networkName}</p>
          <p className="text-[13px] text-muted">
            <span className="text-good">{t('session.online')}</span> · {t('session.since', { since: formatMoment(session.sinceMs, nowMs) })}
          </p>
        </>
      );
  }
}
