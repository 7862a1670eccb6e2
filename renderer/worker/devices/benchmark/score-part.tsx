import type { Score } from '../../../../src/contract/model/benchmark.ts';
import { CodeText } from '../../../ui/code-text.tsx';
import { formatFactor, formatRate } from '../../../ui/format/measures.ts';
import { t } from '../../../ui/i18n/t.ts';
import { figureLabel } from './figures.ts';

/** As many as are read; a busy machine has one for nearly each figure. */
const FEW_NOTES = 3;
const TH = 'px-2 pb-1.5 text-left text-xs font-normal text-faint';
const TD = 'px-2 py-1.5';

/** One number for comparing cards, with all that went into it; and what else is to be said of the measurement. */
export function ScorePart({ score, notes }: { readonly score: Score | null; readonly notes: readonly string[] }) {
  return (
    <div className="mt-4 border-t border-line pt-4">
      {score === null ? (
        <p className="text-muted" data-testid="score">
          {t('score.none')}
        </p>
      ) : (
        <>
          <p className="flex flex-wrap items-baseline gap-x-3">
            <span className="text-[13px] text-muted">{t('score.title')}</span>
            <span className="figure text-[22px] leading-8 font-semibold tracking-tight" data-testid="score">
              {formatRate(score.value)}
            </span>
            <span className="text-[13px] text-muted">{t('score.of', { version: score.version })}</span>
          </p>
          <Formula score={score} />
        </>
      )}
      {notes.length > 0 && (
        <details className="mt-2" data-testid="bench-notes" open={notes.length <= FEW_NOTES}>
          <summary className="w-fit cursor-pointer rounded text-[13px] text-accent">{t('notes.title', { count: notes.length })}</summary>
          <ul className="mt-1 list-disc pl-5 text-[13px] text-pretty text-muted">
            {notes.map((note) => (
              <li key={note}>
                <CodeText text={note} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function Formula({ score: { value, parts } }: { readonly score: Score }) {
  return (
    <details className="mt-2" data-testid="formula">
      <summary className="w-fit cursor-pointer rounded text-[13px] text-accent">{t('score.formula')}</summary>
      <p className="mt-2 max-w-2xl text-[13px] text-pretty text-muted">{t('score.formula.about')}</p>
      <div className="-mx-2 mt-2">
        <table className="w-full max-w-2xl border-collapse text-[13px]">
          <caption className="sr-only">{t('score.formula')}</caption>
          <thead>
            <tr>
              <th scope="col" className={`${TH} w-full`}>
                {t('score.part')}
              </th>
              <th scope="col" className={`${TH} text-right`}>
                {t('score.share')}
              </th>
              <th scope="col" className={`${TH} text-right`}>
                {t('score.exponent')}
              </th>
              <th scope="col" className={`${TH} text-right`}>
                {t('score.factor')}
              </th>
            </tr>
          </thead>
          <tbody>
            {parts.map(({ name, share, exponent, standIn }) => (
              <tr key={name} className="border-t border-line">
                <th scope="row" className={`${TD} text-left font-normal`}>
                  {figureLabel(name)}
                  {standIn !== null && (
                    <span className="block text-xs text-muted">{t('score.stand-in', { figure: figureLabel(standIn) })}</span>
                  )}
                </th>
                <td className={`${TD} figure text-right`}>{formatFactor(share)}</td>
                <td className={`${TD} figure text-right text-muted`}>{formatFactor(exponent)}</td>
                <td className={`${TD} figure text-right`}>{formatFactor(share ** exponent)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="mt-2 text-[13px] text-pretty tabular-nums">
        100 × {parts.map(({ share, exponent }) => formatFactor(share ** exponent)).join(' × ')} = {formatRate(value)}
      </p>
    </details>
  );
}
