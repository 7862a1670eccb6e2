import type { Reason } from '../../../src/contract/model/presence.ts';
import { Card } from '../../ui/card.tsx';
import { CodeText } from '../../ui/code-text.tsx';
import { formatMoment, formatRelative } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { useNow } from '../../ui/use-now.ts';
import { useWorker } from '../store.ts';
import { NEEDS_A_PERSON } from './headline.ts';

/** All reasons why nothing runs, each with its way out. The owner's own pause alone is said by the headline, beside the button that ends it. */
export function ReasonList() {
  const reasons = useWorker((state) => state.presence.reasons);
  if (reasons.every((reason) => reason.code === 'paused-by-owner')) return null;
  return (
    <Card title={t('reasons.title')} testId="reasons">
      <ul className="-my-3 divide-y divide-line">
        {[...reasons].sort(byUrgency).map((reason) => (
          <ReasonRow key={reason.code} reason={reason} />
        ))}
      </ul>
    </Card>
  );
}

/** What only a person can end comes first. */
const byUrgency = (a: Reason, b: Reason): number => Number(NEEDS_A_PERSON.has(b.code)) - Number(NEEDS_A_PERSON.has(a.code));

function ReasonRow({ reason }: { readonly reason: Reason }) {
  const nowMs = useNow();
  return (
    <li data-testid={`reason-${reason.code}`} className="py-3">
      <h3 className="font-medium">{t(`reason.${reason.code}`)}</h3>
      <p className="mt-0.5 text-pretty text-muted">
        <CodeText text={reason.detail} />
      </p>
      {reason.untilMs !== null && (
        <p className="figure mt-1 text-muted">
          {t('reasons.until', { at: formatMoment(reason.untilMs, nowMs), in: formatRelative(reason.untilMs, nowMs) })}
        </p>
      )}
      {reason.fix !== null && (
        <p className="mt-2 border-l-2 border-accent pl-3 text-pretty">
          <span className="sr-only">{t('reasons.fix')}: </span>
          <CodeText text={reason.fix} />
        </p>
      )}
    </li>
  );
}
