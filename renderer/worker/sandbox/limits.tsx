import { Card } from '../../ui/card.tsx';
import { CodeText } from '../../ui/code-text.tsx';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { useWorker } from '../store.ts';

/** What no check can say, and what this engine does not enforce. */
export function Limits() {
  const engine = useWorker((state) => state.sandbox.engine);
  const missing = engine.kind === 'ready' ? engine.missing : [];
  return (
    <Card title={t('limits.title')} testId="sandbox-limits">
      {missing.length > 0 && (
        <div data-testid="engine-missing-limits" className="mb-4 rounded-lg border border-warn/60 bg-warn/10 p-4">
          <h3 className="font-medium text-warn">{t('limits.missing')}</h3>
          <ul className="mt-2 grid gap-2">
            {missing.map((gap) => (
              <li key={gap} className="flex items-start gap-2.5">
                <Icon name="minus" className="mt-0.5 size-4 text-warn" />
                <p className="min-w-0 text-pretty [overflow-wrap:anywhere]">
                  <CodeText text={gap} />
                </p>
              </li>
            ))}
          </ul>
          <p className="mt-2 text-[13px] text-pretty text-muted">{t('limits.missing.means')}</p>
        </div>
      )}
      <ul className="grid max-w-3xl gap-2 text-pretty text-muted">
        <li>{t('limits.owner')}</li>
        <li>{t('limits.unknown')}</li>
      </ul>
    </Card>
  );
}
