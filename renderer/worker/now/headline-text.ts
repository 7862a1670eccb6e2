import type { ReasonCode } from '../../../src/contract/model/presence.ts';
import { formatSpokenDuration } from '../../ui/format/duration.ts';
import { formatCountdown, formatMoment, formatWallTime } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import type { Headline, NextStart, WaitingCause } from './headline.ts';

/** The sentence under the headline. `evictAfterMs`: how long a job stays frozen before it makes way. */
export function headlineText(headline: Headline, nowMs: number, evictAfterMs: number): string {
  switch (headline.kind) {
    case 'offline':
      return t('headline.offline.detail');
    case 'earning':
    case 'gentle': {
      const running = runningText(headline.kind, headline.jobNames);
      const { finishUntilMs } = headline;
      return finishUntilMs === null ? running : `${running} ${t('headline.finishing.until', moment(finishUntilMs, nowMs))}`;
    }
    case 'paused':
      return t(headline.mode === 'paused' ? 'headline.paused.until' : 'headline.finishing.until', moment(headline.untilMs, nowMs));
    case 'frozen': {
      const frozen = t('headline.frozen.detail', { job: headline.jobName, time: formatSpokenDuration(evictAfterMs) });
      return headline.next?.ifAway === true
        ? `${t('headline.goes-on.away', { in: formatCountdown(headline.next.atMs, nowMs) })} ${frozen}`
        : frozen;
    }
    case 'attention':
      return reasonsText(headline.codes);
    case 'given-back':
      return withNext(
        `${reasonsText(headline.codes)} ${t('headline.given-back.detail', { job: headline.jobName, at: formatMoment(headline.atMs, nowMs) })}`,
        headline.next,
        nowMs,
      );
    case 'waiting':
      return withNext(waitingText(headline.cause), headline.next, nowMs);
  }
}

function runningText(kind: 'earning' | 'gentle', jobNames: readonly string[]): string {
  const [job, ...others] = jobNames;
  return job !== undefined && others.length === 0
    ? t(`headline.${kind}.detail`, { job })
    : t('headline.earning.many', { count: jobNames.length });
}

function waitingText(cause: WaitingCause): string {
  switch (cause.kind) {
    case 'preparing':
      return t('headline.preparing', { job: cause.jobName });
    case 'settling':
      return t('headline.finishing', { job: cause.jobName });
    case 'reasons':
      return reasonsText(cause.codes);
    case 'one-job':
      return t('headline.one-job');
    case 'ready':
      return t('headline.ready');
  }
}

/** One reason is named, several are counted: all of them stand below. */
function reasonsText(codes: readonly ReasonCode[]): string {
  const [code, ...others] = codes;
  return code !== undefined && others.length === 0 ? t(`why.${code}`) : t('headline.reasons', { count: codes.length });
}

function withNext(text: string, next: NextStart | null, nowMs: number): string {
  if (next === null) return text;
  const when = next.ifAway
    ? t('headline.next.away', { in: formatCountdown(next.atMs, nowMs) })
    : t('headline.next', moment(next.atMs, nowMs));
  return `${when} ${text}`;
}

const moment = (atMs: number, nowMs: number) => ({ at: formatWallTime(atMs, nowMs), in: formatCountdown(atMs, nowMs) });
