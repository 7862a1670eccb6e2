import { type ReactNode, useEffect, useRef } from 'react';
import type { SettingKey } from '../../../src/contract/model/settings.ts';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { useScreenPart } from '../screens.ts';
import type { SettingStanding } from './use-setting.ts';

/** Ids of a setting's name and explanation, for its control. */
export const nameId = (key: SettingKey): string => `name-${key}`;
export const aboutId = (key: SettingKey): string => `about-${key}`;

/**
 * A setting with its control beside it (`wide`: below it), where its value comes from and a way back. An address that names the
 * setting brings it into view.
 */
export function SettingRow(props: {
  readonly name: SettingKey;
  readonly held: SettingStanding;
  readonly wide?: boolean;
  /** Stands under the explanation: a warning, or why what was typed cannot be. */
  readonly note?: ReactNode;
  readonly children: ReactNode;
}) {
  const { name, held, wide = false, note, children } = props;
  const row = useRef<HTMLDivElement>(null);
  const isNamed = useScreenPart() === name;
  useEffect(() => {
    if (!isNamed) return;
    row.current?.scrollIntoView({ block: 'center' });
    row.current?.focus({ preventScroll: true });
  }, [isNamed]);
  return (
    <div
      ref={row}
      tabIndex={-1}
      data-testid={`setting-${name}`}
      data-layer={held.layer}
      className={`-mx-2 rounded-lg px-2 py-3 outline-offset-0 ${isNamed ? 'bg-raised/60' : ''}`}
    >
      <div className={wide ? '' : 'flex flex-wrap items-start justify-between gap-x-4 gap-y-2'}>
        <div className={wide ? '' : 'min-w-0 flex-1 basis-40'}>
          <h3 id={nameId(name)} className="font-medium">
            {t(`set.${name}`)}
          </h3>
          <p id={aboutId(name)} className="mt-0.5 text-[13px] text-pretty text-muted">
            {t(`set.${name}.about`)}
          </p>
          {note}
        </div>
        <div className={wide ? 'mt-3' : ''}>{children}</div>
      </div>
      <Foot name={name} held={held} />
    </div>
  );
}

function Foot({ name, held }: { readonly name: SettingKey; readonly held: SettingStanding }) {
  return (
    <div className="mt-1 flex min-h-5 flex-wrap items-center gap-x-3 text-xs leading-5 text-muted">
      <span>{t(`setting.origin.${held.layer}`)}</span>
      {held.layer === 'owner' && held.possible && (
        <button
          type="button"
          aria-label={t('setting.reset.what', { what: t(`set.${name}`) })}
          className="rounded text-accent underline-offset-4 hover:underline"
          onClick={held.reset}
        >
          {t('setting.reset')}
        </button>
      )}
      {held.isLocked && (
        <span className="flex items-center gap-1 text-warn">
          <Icon name="lock" className="size-3.5" />
          {t('setting.locked')}
        </span>
      )}
      <span role="status" className="flex items-center gap-1">
        {held.progress.kind === 'saved' && (
          <>
            <Icon name="check" className="size-3.5 text-good" />
            <span className="text-good">{t('setting.saved')}</span>
          </>
        )}
      </span>
      {held.progress.kind === 'failed' && (
        <span role="alert" className="text-bad">
          {held.progress.text}
        </span>
      )}
    </div>
  );
}
