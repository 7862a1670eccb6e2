import { Menu } from '@base-ui/react/menu';
import { nextMorningMs } from '../../../src/contract/model/presence.ts';
import { buttonClass } from '../../ui/button.tsx';
import { popupClass } from '../../ui/dialog-classes.ts';
import { formatSpokenDuration } from '../../ui/format/duration.ts';
import { formatWallTime } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { useNow } from '../../ui/use-now.ts';
import { useWorker } from '../store.ts';
import { leasePhase } from './headline.ts';

export type PauseKind = 'for' | 'until-tomorrow' | 'finish-job';

const HOUR_MS = 3_600_000;

/** The three ways to stop for a while, each with the time at which automatic mode comes back, and what a pause does to the running job. */
export function PauseMenu({ possible, onChoose }: { readonly possible: boolean; readonly onChoose: (kind: PauseKind) => void }) {
  const job = useWorker((state) => state.leases.find((lease) => leasePhase(lease.step) !== 'finishing'));
  const evictAfterMs = useWorker((state) => state.settings.values['presence.evictAfterMs']);
  const nowMs = useNow();
  const morning = formatWallTime(nextMorningMs(nowMs), nowMs);
  return (
    <Menu.Root>
      <Menu.Trigger disabled={!possible} className={buttonClass('plain')}>
        <Icon name="pause" />
        {t('action.pause')}
        <Icon name="chevron" className="-mr-1 size-4 text-muted" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end">
          <Menu.Popup className={`${popupClass} w-max max-w-[min(320px,calc(100vw-32px))] rounded-lg p-1`}>
            <PauseItem
              label={t('action.pause.hour')}
              detail={t('action.pause.hour.detail', { at: formatWallTime(nowMs + HOUR_MS, nowMs) })}
              onClick={() => onChoose('for')}
            />
            <PauseItem
              label={t('action.pause.tomorrow')}
              detail={t('action.pause.tomorrow.detail', { at: morning })}
              onClick={() => onChoose('until-tomorrow')}
            />
            {job !== undefined && (
              <>
                <PauseItem
                  label={t('action.pause.finish')}
                  detail={t('action.pause.finish.detail', { at: morning })}
                  onClick={() => onChoose('finish-job')}
                />
                {leasePhase(job.step) === 'running' && (
                  <p className="mx-3 mt-1 max-w-64 border-t border-line py-2 text-xs leading-4 text-pretty text-muted">
                    {t('action.pause.cost', { job: job.jobName, time: formatSpokenDuration(evictAfterMs) })}
                  </p>
                )}
              </>
            )}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function PauseItem(props: { readonly label: string; readonly detail: string; readonly onClick: () => void }) {
  return (
    <Menu.Item
      onClick={props.onClick}
      label={props.label}
      className="flex min-h-9 flex-col justify-center rounded-md px-3 py-1.5 outline-none data-highlighted:bg-raised"
    >
      <span>{props.label}</span>
      <span className="text-xs leading-4 text-muted tabular-nums">{props.detail}</span>
    </Menu.Item>
  );
}
