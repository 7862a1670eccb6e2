import type { SensorReport } from '../../../src/contract/model/presence.ts';
import { Card } from '../../ui/card.tsx';
import { CodeText } from '../../ui/code-text.tsx';
import { t } from '../../ui/i18n/t.ts';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { useWorker } from '../store.ts';
import { signalName } from './signal-name.ts';

const LOOK: Record<SensorReport['state'], { readonly icon: IconName; readonly tone: string }> = {
  works: { icon: 'check', tone: 'text-good' },
  unknown: { icon: 'alert', tone: 'text-warn' },
  absent: { icon: 'minus', tone: 'text-faint' },
};
const ORDER: readonly SensorReport['state'][] = ['unknown', 'works', 'absent'];

/** What this machine lets Nightshift sense; what is not known comes first, with its way out. */
export function Signals() {
  const sensors = useWorker((state) => state.sensors);
  const count = (state: SensorReport['state']): number => sensors.filter((sensor) => sensor.state === state).length;
  return (
    <Card
      title={t('signals.title')}
      testId="signals"
      aside={
        sensors.length > 0 && (
          <p className="text-[13px] text-muted tabular-nums">{t('signals.count', { works: count('works'), unknown: count('unknown') })}</p>
        )
      }
    >
      <p className="mb-3 text-[13px] text-pretty text-muted">{t(sensors.length === 0 ? 'signals.empty' : 'signals.subtitle')}</p>
      <ul className="divide-y divide-line border-t border-line">
        {[...sensors]
          .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))
          .map((sensor) => (
            <SensorRow key={`${sensor.signal} ${sensor.source}`} sensor={sensor} />
          ))}
      </ul>
    </Card>
  );
}

function SensorRow({ sensor }: { readonly sensor: SensorReport }) {
  const { icon, tone } = LOOK[sensor.state];
  return (
    <li data-testid={`signal-${sensor.signal}`} data-state={sensor.state} className="flex items-start gap-3 py-2.5">
      <span className={`mt-0.5 ${tone}`}>
        <Icon name={icon} />
      </span>
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline justify-between gap-x-4">
          <span className="font-medium">
            {signalName(sensor.signal)} <span className="text-xs font-normal text-muted">{sensor.source}</span>
          </span>
          <span className={`text-[13px] ${tone}`}>{t(`signals.${sensor.state}`)}</span>
        </p>
        <p className="mt-0.5 text-[13px] text-pretty text-muted">
          <CodeText text={sensor.detail} />
        </p>
        {sensor.fix !== null && (
          <p className="mt-1.5 border-l-2 border-accent pl-3 text-pretty">
            <CodeText text={sensor.fix} copyable />
          </p>
        )}
      </div>
    </li>
  );
}
