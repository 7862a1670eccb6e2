import type { BenchmarkResult, Comparison, Measurement } from '../../../../src/contract/model/benchmark.ts';
import { formatShare, formatSpread } from '../../../ui/format/measures.ts';
import { t } from '../../../ui/i18n/t.ts';
import { Icon } from '../../../ui/icon.tsx';
import { Meter } from '../../../ui/meter.tsx';
import { type FigureRow, figureRows, referenceText } from './figures.ts';

const TH = 'px-2 pb-2 text-left text-xs font-normal whitespace-nowrap text-faint';
const TD = 'px-2 py-2 align-top';
const WIDE = 'hidden @2xl:table-cell';

/** Every figure with how it was reached: value, spread, whether the result was checked, and what the maker states. */
export function VectorTable({ result, datasheet }: { readonly result: BenchmarkResult; readonly datasheet: readonly Comparison[] }) {
  const [first] = datasheet;
  return (
    <div className="@container -mx-2 mt-4">
      <table className="w-full border-collapse" data-testid="vector">
        <caption className="sr-only">{t('vector.title')}</caption>
        <thead>
          <tr>
            <th scope="col" className={TH}>
              {t('vector.figure')}
            </th>
            <th scope="col" className={`${TH} text-right`}>
              {t('vector.value')}
            </th>
            <th scope="col" className={`${TH} ${WIDE} text-right`} title={t('vector.spread.why')}>
              {t('vector.spread')}
            </th>
            {first !== undefined && (
              <th scope="col" className={`${TH} ${WIDE}`}>
                {t('vector.datasheet')}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {figureRows(result.vector).map((row) => (
            <Row
              key={row.name}
              row={row}
              comparison={datasheet.find(({ figure }) => figure === row.name)}
              hasComparisons={first !== undefined}
            />
          ))}
        </tbody>
      </table>
      <p className="mt-2 px-2 text-xs text-pretty text-muted">
        {first === undefined
          ? t('vector.datasheet.none')
          : t('vector.source', { source: [...new Set(datasheet.map(({ source }) => source))].join(', ') })}
      </p>
    </div>
  );
}

function Row(props: { readonly row: FigureRow; readonly comparison: Comparison | undefined; readonly hasComparisons: boolean }) {
  const { row, comparison, hasComparisons } = props;
  const { measured } = row;
  return (
    <tr data-testid={`figure-${row.name}`} className="border-t border-line">
      <th scope="row" className={`${TD} w-full max-w-0 text-left font-normal`}>
        <span className="block text-pretty">{row.label}</span>
        {measured !== null && (
          <span className="mt-0.5 block truncate font-mono text-xs leading-4 text-muted" title={measured.path}>
            {measured.path}
          </span>
        )}
        {comparison !== undefined && (
          <span className="mt-1 block @2xl:hidden">
            <Against comparison={comparison} />
          </span>
        )}
      </th>
      <td className={`${TD} text-right`}>
        <span className={`figure inline-flex items-center gap-1.5 ${row.text === null ? 'text-muted' : 'font-semibold'}`}>
          {row.text ?? t('vector.missing')}
          <Verified measured={measured} />
        </span>
        {measured !== null && (
          <span className="figure block text-xs leading-4 text-muted @2xl:hidden" title={t('vector.spread.why')}>
            {t('vector.spread.of', { share: formatSpread(measured.iqrShare) })}
          </span>
        )}
      </td>
      <td
        className={`${TD} ${WIDE} figure text-right text-muted`}
        title={measured === null ? undefined : t('vector.samples', { count: measured.samples })}
      >
        {measured !== null && formatSpread(measured.iqrShare)}
      </td>
      {hasComparisons && (
        <td className={`${TD} ${WIDE} w-52 min-w-52`}>{comparison !== undefined && <Against comparison={comparison} />}</td>
      )}
    </tr>
  );
}

/** Keeps its room where there is nothing to check, so that figures stand in line. */
function Verified({ measured }: { readonly measured: Measurement | null }) {
  if (measured === null) return <span className="size-3.5" />;
  const text = t(measured.verified ? 'vector.verified' : 'vector.unverified');
  return (
    <span title={text} className={measured.verified ? 'text-good' : 'text-warn'}>
      <Icon name={measured.verified ? 'check' : 'minus'} className="size-3.5" />
      <span className="sr-only">{text}</span>
    </span>
  );
}

function Against({ comparison }: { readonly comparison: Comparison }) {
  return (
    <span className="block" title={comparison.source}>
      <span className="figure mb-1 block text-xs leading-4 text-muted">
        {t('vector.datasheet.of', {
          share: formatShare(comparison.share),
          reference: referenceText(comparison.figure, comparison.reference),
        })}
      </span>
      <Meter share={comparison.share} />
    </span>
  );
}
