import { type ChangeEvent, type FocusEvent, type KeyboardEvent, useState } from 'react';
import { locale } from '../../ui/i18n/locale.ts';
import { t } from '../../ui/i18n/t.ts';
import { useWorker } from '../store.ts';
import { fromField, type NumberScale, toField } from './number-scale.ts';

const figures = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });

/** What an `<input>` of a number needs, and how it stands. */
interface NumberField {
  readonly unit: string;
  /** What the field takes, where it holds something else; null while it is right. */
  readonly wrong: string | null;
  readonly input: {
    readonly type: 'text';
    readonly inputMode: 'decimal';
    readonly value: string;
    readonly readOnly: boolean;
    readonly 'aria-disabled': true | undefined;
    readonly 'aria-invalid': true | undefined;
    readonly onChange: (event: ChangeEvent<HTMLInputElement>) => void;
    readonly onBlur: (event: FocusEvent) => void;
    readonly onKeyDown: (event: KeyboardEvent) => void;
  };
}

/** A number with its unit, handed on with Enter and on leaving the field; arrows step, Escape takes back. What cannot be is said and not handed on. */
export function useNumberField(props: {
  readonly value: number | null;
  readonly scale: NumberScale;
  readonly possible: boolean;
  readonly onChange: (value: number | null) => void;
}): NumberField {
  const { value, scale, possible, onChange } = props;
  const [typed, setTyped] = useState<string | null>(null);
  const currency = useWorker((state) => state.earnings.currency) ?? t('unit.credits');
  const unit = scale.unit === 'price' || scale.unit === 'per-kwh' ? t(`unit.${scale.unit}`, { currency }) : t(`unit.${scale.unit}`);
  const isWrong = typed !== null && fromField(typed, scale) === undefined;
  const commit = (): void => {
    if (typed === null || isWrong) return;
    const next = fromField(typed, scale);
    if (next !== undefined && next !== value) onChange(next);
    setTyped(null);
  };
  return {
    unit,
    wrong: isWrong ? t('setting.range', { min: figures.format(scale.min), max: figures.format(scale.max), unit }) : null,
    input: {
      type: 'text',
      inputMode: 'decimal',
      value: typed ?? toField(value, scale),
      readOnly: !possible,
      'aria-disabled': !possible || undefined,
      'aria-invalid': isWrong || undefined,
      onChange: (event) => setTyped(event.target.value),
      onBlur: commit,
      onKeyDown: (event) => {
        if (event.key === 'Enter') commit();
        if (event.key === 'Escape') setTyped(null);
        const step = event.key === 'ArrowUp' ? scale.step : event.key === 'ArrowDown' ? -scale.step : 0;
        if (step === 0 || !possible) return;
        event.preventDefault();
        const from = Number(typed ?? toField(value, scale));
        const to = Math.min(scale.max, Math.max(scale.min, from + step));
        if (Number.isFinite(to)) setTyped(String(Number(to.toFixed(6))));
      },
    },
  };
}
