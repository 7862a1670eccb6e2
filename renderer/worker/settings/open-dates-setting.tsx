import { formatLedgerDate } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { ListField } from './list-field.tsx';
import { SettingRow } from './setting-row.tsx';
import { useSetting } from './use-setting.ts';

const ISO_DATE_LENGTH = 10;

/** Dates on which every hour is open, in their order. */
export function OpenDatesSetting() {
  const held = useSetting('schedule.openDates');
  return (
    <SettingRow name="schedule.openDates" held={held} wide>
      <ListField
        items={[...held.value].sort()}
        type="date"
        label={t('set.schedule.openDates.add')}
        empty={t('set.schedule.openDates.none')}
        maxLength={ISO_DATE_LENGTH}
        possible={held.possible}
        show={formatLedgerDate}
        onChange={(dates) => held.set(dates.sort())}
      />
    </SettingRow>
  );
}
