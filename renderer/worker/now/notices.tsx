import type { Notice } from '../../../src/contract/worker-api.ts';
import { Card } from '../../ui/card.tsx';
import { CodeText } from '../../ui/code-text.tsx';
import { formatMoment } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { useNow } from '../../ui/use-now.ts';
import { useWorker } from '../store.ts';

const LOOK: Record<Notice['level'], { readonly icon: IconName; readonly tone: string }> = {
  info: { icon: 'info', tone: 'text-accent' },
  warning: { icon: 'alert', tone: 'text-warn' },
  error: { icon: 'alert', tone: 'text-bad' },
};

export function Notices() {
  const notices = useWorker((state) => state.notices);
  const nowMs = useNow();
  if (notices.length === 0) return null;
  return (
    <Card title={t('notices.title')} testId="notices">
      <ul className="grid gap-3">
        {notices.map((notice) => (
          <li key={notice.id} className="flex items-start gap-3">
            <span className={`mt-0.5 ${LOOK[notice.level].tone}`}>
              <Icon name={LOOK[notice.level].icon} />
              <span className="sr-only">{t(`notice.${notice.level}`)}: </span>
            </span>
            <div className="min-w-0 flex-1">
              <p className="text-pretty">
                <CodeText text={notice.text} />
              </p>
              {notice.fix !== null && (
                <p className="mt-0.5 text-pretty text-muted">
                  <CodeText text={notice.fix} />
                </p>
              )}
            </div>
            <time dateTime={new Date(notice.atMs).toISOString()} className="figure text-xs leading-5 text-faint">
              {formatMoment(notice.atMs, nowMs)}
            </time>
          </li>
        ))}
      </ul>
    </Card>
  );
}
