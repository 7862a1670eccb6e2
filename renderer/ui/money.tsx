import type { Currency } from '../../src/contract/model/money.ts';
import { formatCredits, type MoneyDigits } from './format/money.ts';
import { t } from './i18n/t.ts';

/** An amount with its unit; a dash, spoken as "not known", when it is unknown. */
export function Money(props: {
  readonly micro: number | null;
  readonly currency: Currency | null;
  readonly digits?: MoneyDigits;
  readonly className?: string;
}) {
  if (props.micro === null || props.currency === null) return <UnknownFigure />;
  return (
    <span className={`figure ${props.className ?? ''}`}>
      {formatCredits(props.micro, props.digits)}
      <span className={props.currency === 'TEST' ? 'text-[0.8em] font-medium text-warn' : 'text-[0.8em] text-muted'}>
        {' '}
        {props.currency}
      </span>
    </span>
  );
}

function UnknownFigure() {
  return (
    <span className="figure text-faint">
      <span aria-hidden="true">{t('unknown')}</span>
      <span className="sr-only">{t('unknown.spoken')}</span>
    </span>
  );
}
