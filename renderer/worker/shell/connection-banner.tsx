import { formatClockSeconds } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { useConnection } from '../store.ts';

/** Says calmly that the figures have stopped; gone as soon as the agent answers. Floats, so that nothing jumps. */
export function ConnectionBanner() {
  const connection = useConnection();
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 bottom-20 z-10 flex justify-center px-4 md:bottom-6 md:left-52">
      {connection.kind === 'lost' && (
        <div
          data-testid="connection-banner"
          className="flex items-center gap-3 rounded-xl border border-line bg-raised px-4 py-2.5 shadow-float"
        >
          <Icon name="wait" className="size-4 animate-breathe text-warn" />
          <p>
            <span className="font-medium">{t('connection.lost')}</span> ·{' '}
            <span className="text-muted">{t('connection.lost.detail', { at: formatClockSeconds(connection.sinceMs) })}</span>
          </p>
        </div>
      )}
    </div>
  );
}
