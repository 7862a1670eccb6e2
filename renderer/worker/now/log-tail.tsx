import { useEffect, useId, useRef } from 'react';
import { t } from '../../ui/i18n/t.ts';

/** How near to the end still counts as reading along. */
const NEAR_PX = 24;

/** The job's last lines. Stays at the end unless the owner has scrolled up to read. */
export function LogTail({ lines }: { readonly lines: readonly string[] }) {
  const titleId = useId();
  const box = useRef<HTMLElement>(null);
  const following = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are what moves the end
  useEffect(() => {
    if (following.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  return (
    <div className="border-t border-line px-5 py-4">
      <h3 id={titleId} className="mb-2 text-xs text-faint">
        {t('job.output')}
      </h3>
      <section
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
        tabIndex={0}
        aria-labelledby={titleId}
        data-testid="log-tail"
        onScroll={({ currentTarget }) => {
          following.current = currentTarget.scrollHeight - currentTarget.scrollTop - currentTarget.clientHeight < NEAR_PX;
        }}
        className="h-36 overflow-auto rounded-lg border-y-12 border-canvas bg-canvas px-3 font-mono text-xs leading-5 whitespace-pre-wrap [overflow-wrap:anywhere]"
      >
        {lines.length === 0 ? <span className="text-faint">{t('job.output.empty')}</span> : lines.join('\n')}
      </section>
    </div>
  );
}
