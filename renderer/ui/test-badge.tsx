import { t } from './i18n/t.ts';

/** Marks a test network: what it pays is not money. */
export function TestBadge() {
  return (
    <span
      data-testid="test-badge"
      title={t('test.explained')}
      className="inline-flex items-center rounded border border-warn/60 bg-warn/10 px-1.5 text-[11px] leading-4 font-semibold tracking-wider text-warn"
    >
      {t('test.badge')}
    </span>
  );
}
