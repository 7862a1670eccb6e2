import { useRef, useState } from 'react';
import type { Tariff } from '../../../src/contract/model/power.ts';
import { Button } from '../../ui/button.tsx';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { SettingRow } from './setting-row.tsx';
import { byTheHour, hoursOf, MAX_PERIODS, type TimeOfUse, withChange, withoutPeriod, withPeriod } from './tariff-edit.ts';
import { TariffPeriod } from './tariff-period.tsx';
import { TariffPrice } from './tariff-price.tsx';
import { type HeldSetting, useSetting } from './use-setting.ts';

/** What electricity costs: one price, or periods of the week with prices of their own. */
export function TariffSetting() {
  const held = useSetting('power.tariff');
  const tariff = held.value;
  /** Of the other kind, as it was left: to look at one price and go back loses nothing. */
  const other = useRef<Tariff | null>(null);
  const change = (kind: Tariff['kind']): void => {
    if (kind === tariff.kind) return;
    const left = other.current;
    other.current = tariff;
    if (tariff.kind === 'time-of-use') held.set({ kind: 'flat', microPerKwh: tariff.otherMicroPerKwh });
    else
      held.set(
        left?.kind === 'time-of-use' ? { ...left, otherMicroPerKwh: tariff.microPerKwh } : byTheHour(tariff.microPerKwh, t('tariff.night')),
      );
  };
  return (
    <SettingRow name="power.tariff" held={held} wide>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset's border and layout are not wanted for two buttons */}
      <div role="group" aria-label={t('tariff.kind')} className="mb-3 flex flex-wrap gap-2">
        {(['flat', 'time-of-use'] as const).map((kind) => (
          <Button
            key={kind}
            look="plain"
            possible={held.possible}
            aria-pressed={tariff.kind === kind}
            onClick={() => change(kind)}
            className="aria-pressed:border-accent aria-pressed:text-accent"
          >
            {t(`tariff.${kind}`)}
          </Button>
        ))}
      </div>
      {tariff.kind === 'flat' ? (
        <TariffPrice
          label={t('tariff.price')}
          microPerKwh={tariff.microPerKwh}
          possible={held.possible}
          onChange={(microPerKwh) => held.set({ kind: 'flat', microPerKwh })}
        />
      ) : (
        <Periods tariff={tariff} held={held} />
      )}
      {held.layer === 'default' && (
        <p role="note" className="mt-2 text-[13px] text-pretty text-warn">
          {t('tariff.assumed')}
        </p>
      )}
    </SettingRow>
  );
}

function Periods({ tariff, held }: { readonly tariff: TimeOfUse; readonly held: HeldSetting<'power.tariff'> }) {
  const [unfolded, setUnfolded] = useState<number | null>(null);
  const [fresh, setFresh] = useState<number | null>(null);
  const adding = useRef<HTMLButtonElement>(null);
  const { periods } = tariff;
  const canAdd = held.possible && periods.length < MAX_PERIODS;
  const add = (): void => {
    held.set(withPeriod(tariff, t('tariff.period', { number: periods.length + 1 })));
    setUnfolded(periods.length);
    setFresh(periods.length);
  };
  return (
    <div className="grid gap-3">
      <ol className="grid gap-3">
        {periods.map((period, index) => (
          // Periods have no names of their own for sure; when one comes or goes, what was half typed goes with it.
          // biome-ignore lint/suspicious/noArrayIndexKey: a place in the list is what a period is known by
          <li key={`${index} of ${periods.length}`}>
            <TariffPeriod
              period={period}
              hours={hoursOf(periods, index)}
              possible={held.possible}
              isUnfolded={unfolded === index}
              isFresh={fresh === index}
              onUnfold={(open) => setUnfolded(open ? index : null)}
              onChange={(change) => held.set(withChange(tariff, index, change))}
              onRemove={() => {
                setUnfolded(null);
                setFresh(null);
                held.set(withoutPeriod(tariff, index));
                adding.current?.focus();
              }}
            />
          </li>
        ))}
      </ol>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <Button ref={adding} look="plain" possible={canAdd} onClick={add}>
          <Icon name="plus" />
          {t('tariff.add')}
        </Button>
        <TariffPrice
          label={t('tariff.other')}
          isLabelShown
          microPerKwh={tariff.otherMicroPerKwh}
          possible={held.possible}
          onChange={(otherMicroPerKwh) => held.set({ ...tariff, otherMicroPerKwh })}
        />
      </div>
      <p className="text-[13px] text-pretty text-muted">{t('tariff.rules')}</p>
    </div>
  );
}
