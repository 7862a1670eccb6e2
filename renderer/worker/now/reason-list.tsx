import type { Reason } from '../../../src/contract/model/presence.ts';
import { Card } from '../../ui/card.tsx';
import { CodeText } from '../../ui/code-text.tsx';
import { formatCountdown, formatWallTime } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { useNow } from '../../ui/use-now.ts';
import { fullName } from '../device-names.ts';
import { ReasonLinks } from '../reason-links.tsx';
import { useWorker } from '../store.ts';
import { type DeviceDifference, deviceDifferences } from './device-differences.ts';
import { ENDS_IF_AWAY, NEEDS_A_PERSON } from './headline.ts';

/** All reasons why nothing runs, each with its way out. The owner's own pause alone is said by the headline, beside the button that ends it. */
export function ReasonList() {
  const presence = useWorker((state) => state.presence);
  const isHeldBack = presence.decision === 'throttle';
  const { reasons } = presence;
  const differences = deviceDifferences(presence);
  if (differences.length === 0 && reasons.every((reason) => reason.code === 'paused-by-owner')) return null;
  return (
    <Card title={t(isHeldBack ? 'reasons.title.gentle' : 'reasons.title')} testId="reasons">
      <ul className="-my-3 divide-y divide-line">
        {[...reasons].sort(byUrgency).map((reason) => (
          <ReasonRow key={reason.code} reason={reason} />
        ))}
        {differences.map((difference) => (
          <DeviceRow key={difference.deviceId} difference={difference} />
        ))}
      </ul>
    </Card>
  );
}

/** What only a person can end comes first. */
const byUrgency = (a: Reason, b: Reason): number => Number(NEEDS_A_PERSON.has(b.code)) - Number(NEEDS_A_PERSON.has(a.code));

function DeviceRow({ difference }: { readonly difference: DeviceDifference }) {
  const device = useWorker(({ devices }) => {
    const found = devices.find((one) => one.id === difference.deviceId);
    return found === undefined ? difference.deviceId : fullName(found, devices);
  });
  return (
    <li data-testid={`reasons-of-${difference.deviceId}`} className="py-3">
      <p className="text-xs text-faint [overflow-wrap:anywhere]">{t('reasons.device', { device })}</p>
      <ul className="-mb-3 divide-y divide-line">
        {difference.extra.map((reason) => (
          <ReasonRow key={reason.code} reason={reason} />
        ))}
      </ul>
    </li>
  );
}

function ReasonRow({ reason }: { readonly reason: Reason }) {
  const nowMs = useNow();
  return (
    <li data-testid={`reason-${reason.code}`} className="py-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h3 className="font-medium">{t(`reason.${reason.code}`)}</h3>
        {reason.untilMs !== null && <p className="text-[13px] text-muted tabular-nums">{untilText(reason, reason.untilMs, nowMs)}</p>}
      </div>
      <p className="mt-0.5 text-pretty text-muted">
        <CodeText text={reason.detail} />
      </p>
      {reason.fix !== null && (
        <p className="mt-2 border-l-2 border-accent pl-3 text-pretty">
          <span className="sr-only">{t('reasons.fix')}: </span>
          <CodeText text={reason.fix} copyable />
        </p>
      )}
      <ReasonLinks code={reason.code} className="mt-1.5" />
    </li>
  );
}

const untilText = ({ code }: Reason, untilMs: number, nowMs: number): string =>
  ENDS_IF_AWAY.has(code)
    ? t('reasons.until.away', { in: formatCountdown(untilMs, nowMs) })
    : t('reasons.until', { at: formatWallTime(untilMs, nowMs), in: formatCountdown(untilMs, nowMs) });
