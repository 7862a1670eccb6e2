import { useEffect, useId, useRef, useState } from 'react';
import { Fold } from '../../ui/fold.tsx';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { fieldClass } from './field-class.ts';
import { MAX_NAME_LENGTH, type Period } from './tariff-edit.ts';
import { TariffPrice } from './tariff-price.tsx';
import { WeekGrid } from './week-grid.tsx';

/** One period of a tariff: its name, its price, and its hours of the week. */
export function TariffPeriod(props: {
  readonly period: Period;
  /** How many it has, and how many of them count for a period above it. */
  readonly hours: { readonly all: number; readonly covered: number };
  readonly possible: boolean;
  readonly isUnfolded: boolean;
  /** It has just been added: its name is what comes next. */
  readonly isFresh: boolean;
  readonly onUnfold: (open: boolean) => void;
  readonly onChange: (change: Partial<Period>) => void;
  readonly onRemove: () => void;
}) {
  const { period, hours, possible, onChange } = props;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's border and layout are not wanted here
    <div role="group" aria-label={period.name} data-testid="tariff-period" className="rounded-lg border border-line p-3">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <NameField name={period.name} possible={possible} isFresh={props.isFresh} onChange={(name) => onChange({ name })} />
        <TariffPrice
          label={t('tariff.price.of', { period: period.name })}
          microPerKwh={period.microPerKwh}
          possible={possible}
          onChange={(microPerKwh) => onChange({ microPerKwh })}
        />
        <button
          type="button"
          aria-label={t('setting.remove', { what: period.name })}
          disabled={!possible}
          onClick={props.onRemove}
          className="ml-auto inline-flex size-9 items-center justify-center rounded-lg text-muted hover:bg-raised hover:text-ink disabled:cursor-not-allowed disabled:opacity-55"
        >
          <Icon name="close" />
        </button>
      </div>
      <div className="mt-1 px-2">
        <Fold
          open={props.isUnfolded}
          onToggle={props.onUnfold}
          testId="tariff-hours"
          summary={
            <span className={`text-[13px] ${hours.all === 0 ? 'text-warn' : 'text-muted'}`}>
              {hours.all === 0 ? t('tariff.hours.none') : t('tariff.hours', { hours: hours.all })}
              {hours.covered > 0 && ` ${t('tariff.covered', { hours: hours.covered })}`}
            </span>
          }
        >
          <div className="pb-1">
            <WeekGrid words="period" week={period.hours} possible={possible} onChange={(week) => onChange({ hours: week })} />
          </div>
        </Fold>
      </div>
    </div>
  );
}

function NameField(props: {
  readonly name: string;
  readonly possible: boolean;
  readonly isFresh: boolean;
  readonly onChange: (name: string) => void;
}) {
  const { name, possible, isFresh } = props;
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState<string | null>(null);
  const isWrong = typed !== null && typed.trim() === '';
  useEffect(() => {
    if (isFresh) field.current?.select();
  }, [isFresh]);
  const commit = (): void => {
    if (typed === null || isWrong) return;
    if (typed.trim() !== name) props.onChange(typed.trim());
    setTyped(null);
  };
  return (
    <div className="min-w-0 flex-1 basis-40 sm:max-w-56">
      <input
        ref={field}
        type="text"
        value={typed ?? name}
        maxLength={MAX_NAME_LENGTH}
        readOnly={!possible}
        aria-label={t('tariff.name')}
        aria-disabled={!possible || undefined}
        aria-invalid={isWrong || undefined}
        aria-describedby={isWrong ? `${id}-wrong` : undefined}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit();
          if (event.key === 'Escape') setTyped(null);
        }}
        className={`${fieldClass} w-full`}
      />
      {isWrong && (
        <p role="alert" id={`${id}-wrong`} className="mt-1 text-[13px] text-bad">
          {t('tariff.name.wrong')}
        </p>
      )}
    </div>
  );
}
