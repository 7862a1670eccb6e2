import { t } from '../../ui/i18n/t.ts';
import { ListField } from './list-field.tsx';
import { SettingRow } from './setting-row.tsx';
import { useSetting } from './use-setting.ts';

/** As the contract has it. */
const MAX_NAME_LENGTH = 128;

/** A list of programs by name. */
export function ProgramSetting({ name }: { readonly name: 'programs.freezeFor' | 'programs.evictFor' }) {
  const held = useSetting(name);
  return (
    <SettingRow name={name} held={held} wide>
      <ListField
        items={held.value}
        type="text"
        label={t('programs.name', { list: t(`set.${name}`) })}
        placeholder={t('programs.placeholder')}
        empty={t('programs.none')}
        maxLength={MAX_NAME_LENGTH}
        possible={held.possible}
        show={(program) => program}
        onChange={held.set}
      />
    </SettingRow>
  );
}
