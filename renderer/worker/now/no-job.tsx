import type { PastLease } from '../../../src/contract/worker-api.ts';
import { Card } from '../../ui/card.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { formatMoment } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { Money } from '../../ui/money.tsx';
import { useNow } from '../../ui/use-now.ts';
import { endedText } from '../earnings/lease-words.ts';
import { useWorker } from '../store.ts';
import { NEEDS_A_PERSON } from './headline.ts';

const EXAMPLE_COMMAND = 'npx nightshift job run examples/digits/job.yaml --watch';

/** Nothing runs: the last job, or on a new machine what happens next and how to try it. */
export function NoJob() {
  const last = useWorker((state) => state.earnings.recent[0]);
  const codes = useWorker((state) => state.presence.reasons).map((reason) => reason.code);
  if (last !== undefined) return <LastJob lease={last} />;
  return (
    <Card title={t('empty.title')} testId="no-job">
      <p className="max-w-xl text-pretty text-muted">{t('empty.next')}</p>
      {!codes.some((code) => NEEDS_A_PERSON.has(code)) && (
        <>
          <p className="mt-4 text-pretty">
            {codes.includes('input-unknown') ? t('empty.try.at-your-word', { action: t('action.run-now') }) : t('empty.try')}
          </p>
          <div className="mt-2 flex items-center gap-2 rounded-lg border border-line bg-canvas py-1.5 pr-1.5 pl-3">
            <code className="min-w-0 flex-1">{EXAMPLE_COMMAND}</code>
            <CopyButton text={EXAMPLE_COMMAND} what={EXAMPLE_COMMAND} />
          </div>
        </>
      )}
    </Card>
  );
}

function LastJob({ lease }: { readonly lease: PastLease }) {
  const currency = useWorker((state) => state.earnings.currency);
  const nowMs = useNow();
  const atMs = lease.endedAtMs ?? lease.startedAtMs;
  return (
    <Card title={t('idle.title')} testId="last-job">
      <div className="flex items-baseline justify-between gap-4">
        <p className="min-w-0">
          <span className="text-muted">{t('idle.last')}: </span>
          <span className="font-medium [overflow-wrap:anywhere]">{lease.jobName}</span>
          <span className="text-muted">
            {' '}
            · {endedText(lease)}
            {atMs !== null && `, ${formatMoment(atMs, nowMs)}`}
          </span>
        </p>
        <Money micro={lease.netMicro} currency={currency} />
      </div>
      <a href="#/earnings" className="mt-2 inline-block rounded py-0.5 text-accent underline-offset-4 hover:underline">
        {t('idle.all')}
      </a>
    </Card>
  );
}
