import { Menu } from '@base-ui/react/menu';
import { useEffect, useRef } from 'react';
import type { OwnerMode, ReasonCode } from '../../../src/contract/model/presence.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { popupClass } from '../../ui/dialog-classes.ts';
import { type MessageKey, t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { useWorker, type WorkerClient } from '../store.ts';
import { useOrder } from '../use-order.ts';
import { NEEDS_A_PERSON } from './headline.ts';

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

/** What the first button does; null when the owner's word could change nothing. */
function mainOrder(
  mode: OwnerMode['kind'],
  codes: readonly ReasonCode[],
): { readonly order: OwnerOrder; readonly label: MessageKey } | null {
  switch (mode) {
    case 'paused':
      return { order: 'resume', label: 'action.resume' };
    case 'run-now':
      return { order: 'resume', label: 'action.automatic' };
    case 'automatic':
      return codes.includes('input-unknown') && !codes.some((code) => NEEDS_A_PERSON.has(code))
        ? { order: 'run-now', label: 'action.run-now' }
        : null;
  }
}

/** The owner's own word: run one job now, pause, or go on by itself. One button changes its meaning in place, so that it keeps the focus. */
export function OwnerActions() {
  const mode = useWorker((state) => state.presence.mode.kind);
  const codes = useWorker((state) => state.presence.reasons).map((reason) => reason.code);
  const order = useOrder<OwnerOrder>(give);
  const main = mainOrder(mode, codes);
  const mainButton = useRef<HTMLButtonElement>(null);
  const pausedHere = useRef(false);
  useEffect(() => {
    // The Pause menu that had the focus is gone now.
    if (mode === 'paused' && pausedHere.current) mainButton.current?.focus();
    pausedHere.current = false;
  }, [mode]);
  const pause = (chosen: 'pause' | 'pause-hour') => {
    pausedHere.current = true;
    order.send(chosen);
  };
  const isCall = mode === 'paused' || (main?.order === 'run-now' && codes.length === 1);
  return (
    <div className="flex flex-col gap-2 sm:max-w-88 sm:items-end">
      <div className="flex flex-wrap gap-2 sm:justify-end">
        {main !== null && (
          <Button
            ref={mainButton}
            look={isCall ? 'primary' : 'plain'}
            aria-describedby={main.order === 'run-now' ? 'run-now-detail' : undefined}
            possible={order.possible}
            onClick={() => order.send(main.order)}
          >
            {main.order === 'run-now' && <Icon name="play" />}
            {t(main.label)}
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
                  <PauseItem label={t('action.pause.hour')} onClick={() => pause('pause-hour')} />
                  <PauseItem label={t('action.pause.open')} onClick={() => pause('pause')} />
                </Menu.Popup>
              </Menu.Positioner>
            </Menu.Portal>
          </Menu.Root>
        )}
      </div>
      {main?.order === 'run-now' && (
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
