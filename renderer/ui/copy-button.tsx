import { useEffect, useState } from 'react';
import { t } from './i18n/t.ts';
import { Icon } from './icon.tsx';

const SHOWN_MS = 2_000;

/** Copies `text`; `what` names it for a screen reader. */
export function CopyButton(props: { readonly text: string; readonly what: string; readonly className?: string }) {
  const { text, what, className = 'size-7' } = props;
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button
      type="button"
      title={t(copied ? 'copy.done' : 'copy.do')}
      aria-label={t('copy.what', { what })}
      className={`${className} inline-flex shrink-0 items-center justify-center rounded-md text-muted hover:bg-raised hover:text-ink`}
      onClick={() => {
        navigator.clipboard.writeText(text).then(
          () => setCopied(true),
          () => setCopied(false),
        );
      }}
    >
      <Icon name={copied ? 'check' : 'copy'} />
      <span role="status" className="sr-only">
        {copied ? t('copy.done') : ''}
      </span>
    </button>
  );
}
