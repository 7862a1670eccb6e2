import { Card } from '../../ui/card.tsx';
import { formatCountdown, formatWallTime } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { useNow } from '../../ui/use-now.ts';
import { leasePhase } from '../now/headline.ts';
import { useWorker } from '../store.ts';

/** The answer for this moment, in one line or a list of names; what to do about each is on Now. */
export function RightNow() {
  const { reasons, nextEligibleAtMs } = useWorker((state) => state.presence);
  const isEarning = useWorker((state) => state.leases.some((lease) => leasePhase(lease.step) === 'running'));
  const nowMs = useNow();
  return (
    <Card
      title={t('why.now')}
      testId="right-now"
      aside={
        nextEligibleAtMs !== null && (
          <p className="text-[13px] text-muted tabular-nums">
            {t('why.now.next', { at: formatWallTime(nextEligibleAtMs, nowMs), in: formatCountdown(nextEligibleAtMs, nowMs) })}
          </p>
        )
      }
    >
      {reasons.length === 0 ? (
        <p>{t(isEarning ? 'why.now.running' : 'why.now.free')}</p>
      ) : (
        <>
          <ul className="grid gap-x-6 gap-y-1 sm:grid-cols-2">
            {reasons.map(({ code }) => (
              <li key={code} className="text-pretty">
                <span className="font-medium">{t(`reason.${code}`)}</span>
                <span className="block text-[13px] text-muted">{t(`why.${code}`)}</span>
              </li>
            ))}
          </ul>
          <a href="#/now" className="mt-3 inline-block rounded py-0.5 text-accent underline-offset-4 hover:underline">
            {t('why.now.all')}
          </a>
        </>
      )}
    </Card>
  );
}
