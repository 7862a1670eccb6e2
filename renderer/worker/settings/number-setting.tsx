import { t } from '../../ui/i18n/t.ts';
import { fieldClass } from './field-class.ts';
import { type NumberKey, numberScales } from './number-scale.ts';
import { aboutId, nameId, SettingRow } from './setting-row.tsx';
import { useNumberField } from './use-number-field.ts';
import { useSetting } from './use-setting.ts';

/** A number with its unit; saved on Enter and on leaving the field. What cannot be is said and not saved. */
export function NumberSetting({ name }: { readonly name: NumberKey }) {
  const held = useSetting(name);
  const scale = numberScales[name];
  const { unit, wrong, input } = useNumberField({ value: held.value, scale, possible: held.possible, onChange: held.set });
  return (
    <SettingRow
      name={name}
      held={held}
      note={
        wrong !== null && (
          <p role="alert" id={`wrong-${name}`} className="mt-1 text-[13px] text-bad">
            {wrong}
          </p>
        )
      }
    >
      <div className="flex items-center gap-2">
        <input
          {...input}
          placeholder={scale.mayBeEmpty ? t('set.power.maxDrawWatts.none') : undefined}
          aria-labelledby={nameId(name)}
          aria-describedby={`unit-${name} ${wrong === null ? aboutId(name) : `wrong-${name}`}`}
          className={`${fieldClass} w-20 text-right tabular-nums`}
        />
        <span id={`unit-${name}`} className="min-w-11 shrink-0 text-[13px] whitespace-nowrap text-muted">
          {unit}
        </span>
      </div>
    </SettingRow>
  );
}
