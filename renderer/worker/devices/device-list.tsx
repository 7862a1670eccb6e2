import type { HardwareDevice } from '../../../src/contract/model/device.ts';
import { Button } from '../../ui/button.tsx';
import { t } from '../../ui/i18n/t.ts';
import { useWorker } from '../store.ts';
import { MeasureButtons } from './benchmark/measure-buttons.tsx';
import { CheckUp } from './check-up.tsx';
import { DeviceCard } from './device-card.tsx';
import { FleetSummary } from './fleet-summary.tsx';
import { useDoctor } from './use-doctor.ts';

/** What is worth the most to the owner comes first. */
const RANK: Readonly<Record<HardwareDevice['kind'], number>> = { gpu: 0, cpu: 1, software: 2 };

export function DeviceList() {
  const devices = useWorker((state) => state.devices);
  const { state, again, isLooking } = useDoctor();
  const gpus = devices.filter(({ kind }) => kind === 'gpu');
  const sorted = [...devices].sort((a, b) => RANK[a.kind] - RANK[b.kind]);
  return (
    <>
      <div className="flex flex-wrap items-end justify-between gap-x-8 gap-y-3">
        <div className="min-w-0 flex-1 basis-72">
          <h1 className="text-3xl leading-9 font-semibold tracking-tight">{t('devices.title')}</h1>
          <p className="mt-1 max-w-2xl text-[15px] text-pretty text-muted">{t('devices.subtitle')}</p>
        </div>
        <div className="flex flex-wrap gap-2 max-sm:flex-row-reverse max-sm:justify-end">
          {gpus.length > 0 && <MeasureAll gpus={gpus} />}
          <Button look="plain" possible={!isLooking} onClick={again}>
            {t('devices.look-again')}
          </Button>
        </div>
      </div>
      <div className="mt-6 grid grid-cols-[minmax(0,1fr)] gap-4">
        <CheckUp state={state} startsOpen={gpus.length === 0} />
        {gpus.length > 1 && <FleetSummary />}
        {gpus.length === 0 && <NoGpu isEmpty={devices.length === 0} />}
        <h2 className="sr-only">{t('devices.list')}</h2>
        <ul data-testid="device-list" className={`grid grid-cols-[minmax(0,1fr)] gap-4 ${devices.length > 1 ? 'lg:grid-cols-2' : ''}`}>
          {sorted.map((device) => (
            <DeviceCard key={device.id} device={device} />
          ))}
        </ul>
      </div>
    </>
  );
}

function MeasureAll({ gpus }: { readonly gpus: readonly HardwareDevice[] }) {
  const isRunning = useWorker((state) => state.benchmarks.running !== null);
  const known = useWorker((state) => state.benchmarks.devices);
  const isPossible = gpus.some(
    ({ id, health }) => health.kind !== 'lost' && known.find(({ deviceId }) => deviceId === id)?.standing !== 'impossible',
  );
  return (
    <MeasureButtons
      deviceIds={[]}
      text={t(gpus.length === 1 ? 'bench.measure' : 'devices.measure-all')}
      what={t('devices.measure-all.what')}
      look="plain"
      isRunning={isRunning}
      isPossible={isPossible}
    />
  );
}

function NoGpu({ isEmpty }: { readonly isEmpty: boolean }) {
  return (
    <div data-testid="no-gpu" className="rounded-xl border border-dashed border-line px-6 py-8 text-center">
      <p className="font-medium">{t(isEmpty ? 'devices.nothing' : 'devices.none')}</p>
      <p className="mx-auto mt-1 max-w-xl text-pretty text-muted">{t(isEmpty ? 'devices.nothing.detail' : 'devices.none.detail')}</p>
    </div>
  );
}
