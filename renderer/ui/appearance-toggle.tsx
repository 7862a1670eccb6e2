import { Toggle } from '@base-ui/react/toggle';
import { ToggleGroup } from '@base-ui/react/toggle-group';
import { type Appearance, appearances, setAppearance, useAppearance } from './appearance.ts';
import { t } from './i18n/t.ts';
import { Icon, type IconName } from './icon.tsx';

const ICONS: Record<Appearance, IconName> = { auto: 'screen', light: 'sun', dark: 'now' };

export function AppearanceToggle() {
  const chosen = useAppearance();
  return (
    <ToggleGroup
      aria-label={t('theme.label')}
      value={[chosen]}
      onValueChange={([next]) => {
        if (next !== undefined) setAppearance(next);
      }}
      className="flex gap-0.5 rounded-lg border border-line p-0.5"
    >
      {appearances.map((one) => (
        <Toggle
          key={one}
          value={one}
          aria-label={t(`theme.${one}`)}
          title={t(`theme.${one}`)}
          className="inline-flex h-6 w-8 items-center justify-center rounded-md text-faint hover:text-ink data-pressed:bg-raised data-pressed:text-ink forced-colors:data-pressed:outline"
        >
          <Icon name={ICONS[one]} className="size-3.5" />
        </Toggle>
      ))}
    </ToggleGroup>
  );
}
