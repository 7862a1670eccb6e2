import { useState } from 'react';
import { locale } from '../../ui/i18n/locale.ts';
import { t } from '../../ui/i18n/t.ts';
import { useWorker } from '../store.ts';
import { fieldClass } from './field-class.ts';
import { fromField, type NumberKey, numberScales, toField } from './number-scale.ts';
import { aboutId, nameId, SettingRow } from './setting-row.tsx';
import { useSetting } from './use-setting.ts';

const figures = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });

/** A number with its unit; saved on Enter and on leaving the field. What cannot be is said and not saved. */
export function NumberSetting({ name }: { readonly name: NumberKey }) {
  const held = useSetting(name);
  const scale = numberScales[name];
  const currency = useWorker((state) => state.earnings.currency);
  const [typed, setTyped] = useState<string | null>(null);
  const wrong = typed !== null && fromField(typed, scale) === undefined;
  const unit = scale.unit === 'price' ? t('unit.price', { currency: currency ?? '' }) : t(`unit.${scale.unit}`);
  const commit = (): void => {
    if (typed === null || wrong) return;
    const value = fromField(typed, scale);
    if (value !== undefined && value !== held.value) held.set(value);
    setTyped(null);
  };
  const range = t('setting.range', { min: figures.format(scale.min), max: figures.format(scale.max), unit });
  return (
    <SettingRow
      name={name}
      held={held}
      note={
        wrong && (
          <p role="alert" id={`wrong-${name}`} className="mt-1 text-[13px] text-bad">
            {range}
          </p>
        )
      }
    >
      <div className="flex items-center gap-2">
        <input
          type="text"
          inputMode="decimal"
          value={typed ?? toField(held.value, scale)}
          placeholder={scale.mayBeEmpty ? t('set.power.maxDrawWatts.none') : undefined}
          readOnly={!held.possible}
          aria-disabled={!held.possible || undefined}
          aria-invalid={wrong || undefined}
          aria-labelledby={nameId(name)}
          aria-describedby={`unit-${name} ${wrong ? `wrong-${name}` : aboutId(name)}`}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={commit}
          onKeyDown={(event) => {
            if (event.key === 'Enter') commit();
            if (event.key === 'Escape') setTyped(null);
            const step = event.key === 'ArrowUp' ? scale.step : event.key === 'ArrowDown' ? -scale.step : 0;
            if (step === 0 || !held.possible) return;
            event.preventDefault();
            const from = Number(typed ?? toField(held.value, scale));
            const to = Math.min(scale.max, Math.max(scale.min, from + step));
            if (Number.isFinite(to)) setTyped(String(Number(to.toFixed(6))));
          }}
          className={`${fieldClass} w-20 text-right tabular-nums`}
        />
        <span id={`unit-${name}`} className="w-11 shrink-0 text-[13px] whitespace-nowrap text-muted">
          {unit}
        </span>
      </div>
    </SettingRow>
  );
}
