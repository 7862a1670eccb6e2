import { t } from '../../ui/i18n/t.ts';
import { MarkIcon } from './mark-icon.tsx';
import { type Mark, marks } from './probe-marks.ts';

const FILL: Record<Mark, string> = {
  blocked: 'bg-good',
  harmless: 'bg-accent',
  through: 'bg-bad',
  untried: 'bg-line-strong',
};

/** How many came to what, as one bar and as figures; the same place while a check runs and after it, so that nothing jumps. */
export function TallyBar(props: { readonly counts: Readonly<Record<Mark, number>> | null; readonly total: number }) {
  const { counts, total } = props;
  return (
    <>
      <div aria-hidden="true" className="flex h-2 gap-px overflow-hidden rounded-full bg-raised forced-colors:border">
        {counts !== null &&
          marks.map((mark) => (
            <span
              key={mark}
              data-fill
              className={`${FILL[mark]} transition-[width] duration-200`}
              style={{ width: `${(100 * counts[mark]) / Math.max(1, total)}%` }}
            />
          ))}
      </div>
      <dl className="mt-4 grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-4">
        {marks.map((mark) => (
          <div key={mark} data-testid={`tally-${mark}`} className="flex flex-col-reverse justify-end">
            <dd className="figure text-[22px] leading-8 font-semibold tracking-tight">
              {counts === null ? <UnknownCount /> : counts[mark]}
            </dd>
            <dt className="flex items-center gap-1.5 text-xs text-muted">
              <MarkIcon mark={mark} isFaint={(counts?.[mark] ?? 0) === 0} className="size-3.5" />
              {t(`mark.${mark}`)}
            </dt>
          </div>
        ))}
      </dl>
    </>
  );
}

function UnknownCount() {
  return (
    <span className="text-faint">
      <span aria-hidden="true">{t('unknown')}</span>
      <span className="sr-only">{t('unknown.spoken')}</span>
    </span>
  );
}
