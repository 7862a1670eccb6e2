import { t } from '../../ui/i18n/t.ts';
import { useNow } from '../../ui/use-now.ts';
import { useConnection, useWorker } from '../store.ts';
import { type Headline, headline } from './headline.ts';
import { headlineText } from './headline-text.ts';
import { OwnerActions } from './owner-actions.tsx';
import { StateMoon } from './state-moon.tsx';

const toneOf: Record<Headline['kind'], string> = {
  earning: 'text-good',
  gentle: 'text-good',
  frozen: 'text-idle',
  'given-back': 'text-idle',
  waiting: 'text-accent',
  paused: 'text-warn',
  attention: 'text-bad',
  offline: 'text-idle',
};

export function Hero() {
  const connected = useConnection().kind === 'live';
  const presence = useWorker((state) => state.presence);
  const leases = useWorker((state) => state.leases);
  const yields = useWorker((state) => state.yields);
  const now = headline(connected, { presence, leases, yields });
  const evictAfterMs = useWorker((state) => state.settings.values['presence.evictAfterMs']);
  const nowMs = useNow();
  return (
    <section aria-label={t('now.title')} className="flex flex-wrap items-start justify-between gap-x-8 gap-y-4">
      <div className="flex min-w-0 flex-1 basis-80 items-start gap-4">
        <StateMoon kind={now.kind} tone={toneOf[now.kind]} />
        <div className="min-w-0">
          {/* Only the state is announced: the sentence may hold a countdown. */}
          <div role="status">
            <h1 data-testid="headline" data-state={now.kind} className="text-3xl leading-9 font-semibold tracking-tight">
              {t(`headline.${now.kind}`)}
            </h1>
          </div>
          <p className="mt-1 max-w-xl text-[15px] text-pretty text-muted tabular-nums">{headlineText(now, nowMs, evictAfterMs)}</p>
        </div>
      </div>
      <OwnerActions />
    </section>
  );
}
