import { t } from '../../ui/i18n/t.ts';
import { useWorker } from '../store.ts';
import { MarkIcon } from './mark-icon.tsx';
import { withMark } from './probe-marks.ts';

const BORDER = { through: 'border-bad bg-bad/10', harmless: 'border-line', untried: 'border-line' } as const;

/**
 * The attacks of the last whole check that were not blocked, by name: what an owner should not have to look for. They stay while
 * another check runs, so that nothing jumps.
 */
export function NamedProbes({ mark }: { readonly mark: keyof typeof BORDER }) {
  const { report, check } = useWorker((state) => state.sandbox);
  const named = withMark(report?.report.probes ?? [], mark);
  if (named.length === 0) return null;
  return (
    <div data-testid={`named-${mark}`} className={`mt-4 rounded-lg border p-4 ${BORDER[mark]}`}>
      <h3 className={`font-medium ${mark === 'through' ? 'text-bad' : ''}`}>
        {t(check.kind === 'running' ? `${mark}.title.last` : `${mark}.title`)}
      </h3>
      <ul className="mt-2 grid gap-2">
        {named.map((probe) => (
          <li key={probe.id} className="flex items-start gap-2.5">
            <MarkIcon mark={mark} className="mt-0.5 size-4" />
            <p className="min-w-0 text-pretty [overflow-wrap:anywhere]">
              {probe.title}
              <span className="block text-[13px] text-muted">{probe.outcome}</span>
            </p>
          </li>
        ))}
      </ul>
      {mark === 'through' && <p className="mt-2 text-[13px] text-pretty text-muted">{t('through.report')}</p>}
    </div>
  );
}
