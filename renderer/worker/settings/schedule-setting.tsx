import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { SettingRow } from './setting-row.tsx';
import { useSetting } from './use-setting.ts';
import { WeekGrid } from './week-grid.tsx';
import { countOpen, type Preset, presets, sameWeek, WHOLE_WEEK } from './week-hours.ts';

const PRESETS: readonly Preset[] = ['always', 'nights', 'nights-weekends'];

/** The hours of the week in which work may run. */
export function ScheduleSetting() {
  const held = useSetting('schedule.hours');
  const [before, setBefore] = useState<number[] | null>(null);
  const change = (week: number[]): void => {
    if (sameWeek(week, held.value)) return;
    setBefore(held.value);
    held.set(week);
  };
  const hours = countOpen(held.value, WHOLE_WEEK);
  return (
    <SettingRow name="schedule.hours" held={held} wide>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset's border and layout are not wanted for three buttons */}
        <div role="group" aria-label={t('grid.preset')} className="flex flex-wrap gap-2">
          {PRESETS.map((preset) => (
            <Button
              key={preset}
              look="plain"
              possible={held.possible}
              aria-pressed={sameWeek(presets[preset], held.value)}
              onClick={() => change([...presets[preset]])}
              className="aria-pressed:border-accent aria-pressed:text-accent"
            >
              {t(`preset.${preset}`)}
            </Button>
          ))}
        </div>
        <Button
          look="plain"
          className="ml-auto"
          possible={held.possible && before !== null && !sameWeek(before, held.value)}
          onClick={() => {
            if (before !== null) change(before);
          }}
        >
          <Icon name="undo" />
          {t('setting.undo')}
        </Button>
      </div>
      <WeekGrid words="schedule" week={held.value} possible={held.possible} onChange={change} />
      <div className="mt-3 flex flex-wrap items-center justify-between gap-x-6 gap-y-1 text-[13px] text-muted">
        <p data-testid="open-hours" className={`tabular-nums ${hours === 0 ? 'text-warn' : ''}`}>
          {hours === 0 ? t('grid.sum.never') : t('grid.sum', { hours })}
        </p>
        <p aria-hidden="true" className="flex gap-x-4">
          <span className="flex items-center gap-1.5">
            <span className="size-3 rounded-xs bg-accent" />
            {t('grid.legend.on')}
          </span>
          <span className="flex items-center gap-1.5">
            <span className="size-3 rounded-xs border border-line-strong bg-canvas" />
            {t('grid.legend.off')}
          </span>
        </p>
      </div>
      <p className="mt-1 hidden text-xs text-muted sm:block">{t('set.schedule.hours.keys')}</p>
    </SettingRow>
  );
}
