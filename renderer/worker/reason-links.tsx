import type { TimeCode } from '../../src/contract/model/presence.ts';
import { t } from '../ui/i18n/t.ts';
import { screenOf, settingAddress, settingOf } from './reason-settings.ts';
import { screens } from './screens.ts';

const LINK = 'inline-block rounded py-0.5 text-[13px] text-accent underline-offset-4 hover:underline';

/** From a reason to the screen that shows more of it, and to the setting that it comes from. */
export function ReasonLinks({ code, className }: { readonly code: TimeCode; readonly className: string }) {
  const screen = screens.find((one) => one.id === screenOf(code));
  const setting = settingOf(code);
  if (screen === undefined && setting === null) return null;
  return (
    <p className={`flex flex-wrap gap-x-4 ${className}`}>
      {screen !== undefined && (
        <a href={`#/${screen.id}`} className={LINK}>
          {t('reasons.screen', { screen: t(screen.label) })}
        </a>
      )}
      {setting !== null && (
        <a href={settingAddress(setting)} className={LINK}>
          {t('reasons.setting', { setting: t(`set.${setting}`) })}
        </a>
      )}
    </p>
  );
}
