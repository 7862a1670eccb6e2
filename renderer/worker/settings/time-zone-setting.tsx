import { t } from '../../ui/i18n/t.ts';
import { fieldClass } from './field-class.ts';
import { aboutId, nameId, SettingRow } from './setting-row.tsx';
import { useSetting } from './use-setting.ts';

const MACHINE = '';

/** The zone whose clock the hours go by. The page runs on the same machine as the agent, so it knows the machine's zone. */
export function TimeZoneSetting() {
  const held = useSetting('schedule.timeZone');
  const known = Intl.supportedValuesOf('timeZone');
  // What a policy has set may have a name that this browser lists under another.
  const zones = held.value === null || known.includes(held.value) ? known : [held.value, ...known];
  return (
    <SettingRow name="schedule.timeZone" held={held}>
      <select
        value={held.value ?? MACHINE}
        disabled={!held.possible}
        aria-labelledby={nameId('schedule.timeZone')}
        aria-describedby={aboutId('schedule.timeZone')}
        onChange={(event) => held.set(event.target.value === MACHINE ? null : event.target.value)}
        className={`${fieldClass} w-full max-w-64 disabled:cursor-not-allowed disabled:opacity-55`}
      >
        <option value={MACHINE}>
          {t('set.schedule.timeZone.machine', { zone: new Intl.DateTimeFormat().resolvedOptions().timeZone })}
        </option>
        {zones.map((zone) => (
          <option key={zone} value={zone}>
            {zone.replaceAll('_', ' ')}
          </option>
        ))}
      </select>
    </SettingRow>
  );
}
