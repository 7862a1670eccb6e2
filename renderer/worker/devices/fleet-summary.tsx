import type { ReactNode } from 'react';
import { formatCelsius, formatWatts } from '../../ui/format/measures.ts';
import { t } from '../../ui/i18n/t.ts';
import { placeIfAmbiguous } from '../device-names.ts';
import { useWorker } from '../store.ts';
import { fleetOf } from './fleet.ts';
import { isShared, sharingOf } from './sharing.ts';

/** A rig at a glance. */
export function FleetSummary() {
  const devices = useWorker((state) => state.devices);
  const telemetry = useWorker((state) => state.telemetry);
  const off = useWorker((state) => state.settings.values['devices.off']);
  const presence = useWorker((state) => state.presence.devices);
  const engine = useWorker((state) => state.sandbox.engine.kind);
  const fleet = fleetOf(devices, telemetry);
  const shared = devices
    .filter(({ kind }) => kind === 'gpu')
    .map((device) => sharingOf(device, { off, presence, engine, isBusy: false }))
    .filter(isShared);
  const held = shared.filter(({ kind }) => kind === 'held').length;
  const hottest = devices.find(({ id }) => id === fleet.hottest?.deviceId);
  return (
    <section aria-label={t('fleet.title')} data-testid="fleet" className="@container overflow-hidden rounded-xl border border-line bg-line">
      <dl className="grid grid-cols-2 gap-px @2xl:grid-cols-4">
        <Figure term={t('fleet.gpus')} detail={t('fleet.gpus.shared', { shared: shared.length, held })} testId="fleet-gpus">
          {fleet.gpus}
        </Figure>
        <Figure
          term={t('fleet.power')}
          detail={
            fleet.powerKnown === fleet.here ? t('fleet.power.all') : t('fleet.power.part', { known: fleet.powerKnown, count: fleet.here })
          }
          testId="fleet-power"
        >
          {fleet.powerW === null ? <Unknown /> : formatWatts(fleet.powerW)}
        </Figure>
        <Figure
          term={t('fleet.hottest')}
          detail={hottest === undefined ? t('fleet.hottest.none') : (placeIfAmbiguous(hottest, devices) ?? hottest.name)}
          testId="fleet-hottest"
        >
          {fleet.hottest === null ? <Unknown /> : formatCelsius(fleet.hottest.temperatureC)}
        </Figure>
        <Figure
          term={t('fleet.attention')}
          detail={t(fleet.attention === 0 ? 'fleet.attention.none' : 'fleet.attention.some')}
          testId="fleet-attention"
        >
          <span className={fleet.attention === 0 ? '' : 'text-bad'}>{fleet.attention}</span>
        </Figure>
      </dl>
    </section>
  );
}

function Unknown() {
  return <span className="text-muted">{t('live.unknown')}</span>;
}

function Figure(props: { readonly term: string; readonly detail: string; readonly testId: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0 bg-surface px-5 py-4" data-testid={props.testId}>
      <dt className="text-xs text-muted">{props.term}</dt>
      <dd>
        <span className="figure block text-[22px] leading-8 font-semibold tracking-tight">{props.children}</span>
        <span className="block truncate text-xs text-muted" title={props.detail}>
          {props.detail}
        </span>
      </dd>
    </div>
  );
}
