import type { ReactNode } from 'react';
import type { Alarm, DeviceHealth, HardwareDevice } from '../../../src/contract/model/device.ts';
import { Button } from '../../ui/button.tsx';
import { CodeText } from '../../ui/code-text.tsx';
import { formatCountdown, formatMoment, formatWallTime } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { useNow } from '../../ui/use-now.ts';
import { fullName } from '../device-names.ts';
import { useWorker, type WorkerClient } from '../store.ts';
import { useOrder } from '../use-order.ts';
import { type HealthStanding, healthStanding } from './health-standing.ts';

const LOOK: Readonly<Record<HealthStanding, { readonly icon: IconName; readonly tone: string }>> = {
  good: { icon: 'check', tone: 'text-good' },
  note: { icon: 'check', tone: 'text-good' },
  alarm: { icon: 'alert', tone: 'text-warn' },
  quarantined: { icon: 'stop', tone: 'text-bad' },
  lost: { icon: 'close', tone: 'text-bad' },
};

/** One word with its sign. */
export function HealthBadge({ health }: { readonly health: DeviceHealth }) {
  const standing = healthStanding(health);
  const { icon, tone } = LOOK[standing];
  return (
    <span className={`inline-flex items-center gap-1 text-[13px] font-medium whitespace-nowrap ${tone}`}>
      <Icon name={icon} className="size-3.5" />
      {t(`health.${standing}`)}
    </span>
  );
}

/** What is wrong, since when, and what to do; nothing where all is well. */
export function HealthNote({ device }: { readonly device: HardwareDevice }) {
  const { health } = device;
  const nowMs = useNow();
  switch (health.kind) {
    case 'good':
      return health.alarms.length === 0 ? null : (
        <Box tone={healthStanding(health) === 'note' ? 'plain' : 'warn'}>
          <Alarms alarms={health.alarms} nowMs={nowMs} />
        </Box>
      );
    case 'lost':
      return (
        <Box tone="bad">
          <p className="font-medium">{t('health.lost.since', { at: formatMoment(health.sinceMs, nowMs) })}</p>
          <p className="mt-0.5 text-pretty text-muted">
            <CodeText text={health.detail} />
          </p>
          <Fix text={health.fix} />
          <div className="mt-3 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
            <p className="min-w-0 flex-1 basis-60 text-[13px] text-pretty text-muted">{t('health.lost.removed')}</p>
            <Order device={device} words="health.forget" order={(client) => client.devices.forget({ deviceId: device.id })} />
          </div>
        </Box>
      );
    case 'quarantined':
      return (
        <Box tone="bad">
          <Alarms alarms={[health.cause, ...health.alarms.filter(({ code }) => code !== health.cause.code)]} nowMs={nowMs} />
          <div className="mt-3 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
            <p className="min-w-0 flex-1 basis-60 text-[13px] text-pretty text-muted tabular-nums">
              {t('health.quarantined.detail')}{' '}
              {health.untilMs === null
                ? t('health.quarantined.open')
                : t('health.quarantined.until', { at: formatWallTime(health.untilMs, nowMs), in: formatCountdown(health.untilMs, nowMs) })}
            </p>
            <Order device={device} words="health.release" order={(client) => client.devices.release({ deviceId: device.id })} />
          </div>
        </Box>
      );
  }
}

const TONES = { plain: 'border-line bg-raised/40', warn: 'border-warn/60 bg-warn/10', bad: 'border-bad/60 bg-bad/10' };

function Box({ tone, children }: { readonly tone: keyof typeof TONES; readonly children: ReactNode }) {
  return (
    <div data-testid="health-note" className={`rounded-lg border px-4 py-3 ${TONES[tone]}`}>
      {children}
    </div>
  );
}

function Alarms({ alarms, nowMs }: { readonly alarms: readonly Alarm[]; readonly nowMs: number }) {
  return (
    <ul className="grid grid-cols-[minmax(0,1fr)] gap-2">
      {alarms.map((alarm) => (
        <li key={alarm.code} data-testid={`alarm-${alarm.code}`}>
          <p>
            <span className="font-medium">{t(`alarm.${alarm.code}`)}</span>{' '}
            <span className="figure text-[13px] text-muted">{t('health.since', { at: formatMoment(alarm.sinceMs, nowMs) })}</span>
          </p>
          <p className="mt-0.5 text-pretty text-muted">
            <CodeText text={alarm.detail} />
          </p>
          {alarm.fix !== null && <Fix text={alarm.fix} />}
        </li>
      ))}
    </ul>
  );
}

export function Fix({ text }: { readonly text: string }) {
  return (
    <p className="mt-1.5 border-l-2 border-accent pl-3 text-pretty [overflow-wrap:anywhere]">
      <span className="sr-only">{t('reasons.fix')}: </span>
      <CodeText text={text} copyable />
    </p>
  );
}

interface OrderProps {
  readonly device: HardwareDevice;
  readonly words: 'health.release' | 'health.forget';
  readonly order: (client: WorkerClient) => Promise<unknown>;
}

function Order({ device, words, order }: OrderProps) {
  const name = useWorker((state) => fullName(device, state.devices));
  const sent = useOrder(order);
  return (
    <div>
      <Button look="plain" possible={sent.possible} aria-label={t(`${words}.what`, { device: name })} onClick={() => sent.send()}>
        {t(words)}
      </Button>
      {sent.failure !== null && (
        <p role="alert" className="mt-1 max-w-72 text-[13px] text-pretty text-bad">
          {sent.failure}
        </p>
      )}
    </div>
  );
}
