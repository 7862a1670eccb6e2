import { settings } from '../../../src/contract/model/settings.ts';
import { t } from '../../ui/i18n/t.ts';
import { ListField } from './list-field.tsx';
import { SettingRow } from './setting-row.tsx';
import { useSetting } from './use-setting.ts';

/** The longest DNS name, a colon and a port. */
const MAX_HOST_LENGTH = 260;

const wrong = (host: string): string | null =>
  settings.shape['images.registries'].safeParse([host]).success ? null : t('registries.wrong');

/** The registries that images of jobs may come from. */
export function RegistriesSetting() {
  const held = useSetting('images.registries');
  return (
    <SettingRow name="images.registries" held={held} wide>
      <ListField
        items={held.value}
        type="text"
        label={t('registries.name')}
        placeholder={t('registries.placeholder')}
        empty={t('registries.none')}
        maxLength={MAX_HOST_LENGTH}
        possible={held.possible}
        show={(host) => host}
        wrong={wrong}
        onChange={held.set}
      />
    </SettingRow>
  );
}
