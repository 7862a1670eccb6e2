import type { ReasonCode } from '../../../src/contract/model/presence.ts';
import { formatMoment, formatRelative } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import type { Headline, WaitingCause } from './headline.ts';

/** The sentence under the headline. */
export function headlineText(headline: Headline, nowMs: number): string {
  switch (headline.kind) {
    case 'offline':
      return t('headline.offline.detail');
    case 'earning': {
      const [job, ...others] = headline.jobNames;
      return job !== undefined && others.length === 0
        ? t('headline.earning.detail', { job })
        : t('headline.earning.many', { count: headline.jobNames.length });
    }
    case 'paused':
      return headline.untilMs === null ? t('headline.paused.open') : t('headline.paused.until', moment(headline.untilMs, nowMs));
    case 'attention':
      return reasonsText(headline.codes);
    case 'waiting': {
      const text = waitingText(headline.cause);
      return headline.nextEligibleAtMs === null ? text : `${text} ${t('headline.next', moment(headline.nextEligibleAtMs, nowMs))}`;
    }
  }
}

function waitingText(cause: WaitingCause): string {
  switch (cause.kind) {
    case 'preparing':
    case 'finishing':
    case 'frozen':
      return t(`headline.${cause.kind}`, { job: cause.jobName });
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

const moment = (atMs: number, nowMs: number) => ({ at: formatMoment(atMs, nowMs), in: formatRelative(atMs, nowMs) });
