import { Menu } from '@base-ui/react/menu';
import { Button, buttonClass } from '../../ui/button.tsx';
import { popupClass } from '../../ui/dialog-classes.ts';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { useWorker, type WorkerClient } from '../store.ts';
import { useOrder } from '../use-order.ts';

const HOUR_MS = 3_600_000;

type OwnerOrder = 'run-now' | 'resume' | 'pause-hour' | 'pause';

function give({ presence }: WorkerClient, order: OwnerOrder): Promise<unknown> {
  switch (order) {
    case 'run-now':
      return presence.runNow();
    case 'resume':
      return presence.resume();
    case 'pause-hour':
      return presence.pause({ forMs: HOUR_MS });
    case 'pause':
      return presence.pause({ forMs: null });
  }
}

/** The owner's own word: run one job now, pause, or go on by itself. */
export function OwnerActions() {
  const mode = useWorker((state) => state.presence.mode.kind);
  const reasons = useWorker((state) => state.presence.reasons);
  const order = useOrder<OwnerOrder>(give);
  const offersRunNow = mode === 'automatic' && reasons.some((reason) => reason.code === 'input-unknown');
  return (
    <div className="flex flex-col gap-2 sm:max-w-88 sm:items-end">
      <div className="flex flex-wrap gap-2 sm:justify-end">
        {mode !== 'automatic' && (
          <Button look={mode === 'paused' ? 'primary' : 'plain'} disabled={!order.possible} onClick={() => order.send('resume')}>
            {t(mode === 'paused' ? 'action.resume' : 'action.automatic')}
          </Button>
        )}
        {offersRunNow && (
          <Button
            look={reasons.length === 1 ? 'primary' : 'plain'}
            aria-describedby="run-now-detail"
            disabled={!order.possible}
            onClick={() => order.send('run-now')}
          >
            <Icon name="play" />
            {t('action.run-now')}
          </Button>
        )}
        {mode !== 'paused' && (
          <Menu.Root>
            <Menu.Trigger disabled={!order.possible} className={buttonClass('plain')}>
              <Icon name="pause" />
              {t('action.pause')}
              <Icon name="chevron" className="-mr-1 size-4 text-muted" />
            </Menu.Trigger>
            <Menu.Portal>
              <Menu.Positioner sideOffset={4} align="end">
                <Menu.Popup className={`${popupClass} min-w-44 rounded-lg p-1`}>
                  <PauseItem label={t('action.pause.hour')} onClick={() => order.send('pause-hour')} />
                  <PauseItem label={t('action.pause.open')} onClick={() => order.send('pause')} />
                </Menu.Popup>
              </Menu.Positioner>
            </Menu.Portal>
          </Menu.Root>
        )}
      </div>
      {offersRunNow && (
        <p id="run-now-detail" className="text-xs leading-4 text-pretty text-muted sm:text-right">
          {t('action.run-now.detail')}
        </p>
      )}
      {order.failure !== null && (
        <p role="alert" className="text-xs leading-4 text-bad sm:text-right">
          {order.failure}
        </p>
      )}
    </div>
  );
}

function PauseItem({ label, onClick }: { readonly label: string; readonly onClick: () => void }) {
  return (
    <Menu.Item onClick={onClick} className="flex h-9 items-center rounded-md px-3 outline-none data-highlighted:bg-raised">
      {label}
    </Menu.Item>
  );
}
