import { useEffect, useRef } from 'react';
import type { OwnerMode, ReasonCode } from '../../../src/contract/model/presence.ts';
import { Button } from '../../ui/button.tsx';
import { type MessageKey, t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { useWorker, type WorkerClient } from '../store.ts';
import { useOrder } from '../use-order.ts';
import { leasePhase, NEEDS_A_PERSON } from './headline.ts';
import { type PauseKind, PauseMenu } from './pause-menu.tsx';

const HOUR_MS = 3_600_000;

type OwnerOrder = 'run-now' | 'resume' | PauseKind;

function give({ presence }: WorkerClient, order: OwnerOrder): Promise<unknown> {
  switch (order) {
    case 'run-now':
      return presence.runNow();
    case 'resume':
      return presence.resume();
    case 'for':
      return presence.pause({ kind: 'for', ms: HOUR_MS });
    case 'until-tomorrow':
    case 'finish-job':
      return presence.pause({ kind: order });
  }
}

/** What "run now" lifts for one job (`src/agent/presence/policy.ts`): the idle delay, and what stands in for it. */
const LIFTED_BY_RUN_NOW: ReadonlySet<ReasonCode> = new Set([
  'owner-active',
  'input-unknown',
  'gamepad-active',
  'gamepad-unknown',
  'cpu-in-use',
  'cpu-unknown',
  'just-woke',
]);

interface MainOrder {
  readonly order: OwnerOrder;
  readonly label: MessageKey;
}

/** What the first button does; null when the owner's word could change nothing. `isTaken`: a job has a device, which no other can take. */
function mainOrder(mode: OwnerMode['kind'], codes: readonly ReasonCode[], isTaken: boolean): MainOrder | null {
  switch (mode) {
    case 'paused':
    case 'finishing':
      return { order: 'resume', label: 'action.resume' };
    case 'run-now':
      return { order: 'resume', label: 'action.automatic' };
    case 'automatic':
      return !isTaken && codes.some((code) => LIFTED_BY_RUN_NOW.has(code)) && !codes.some((code) => NEEDS_A_PERSON.has(code))
        ? { order: 'run-now', label: 'action.run-now' }
        : null;
  }
}

/** The owner's own word: run one job now, pause, or go on by itself. One button changes its meaning in place, so that it keeps the focus. */
export function OwnerActions() {
  const mode = useWorker((state) => state.presence.mode.kind);
  const codes = useWorker((state) => state.presence.reasons).map((reason) => reason.code);
  const order = useOrder<OwnerOrder>(give);
  const isTaken = useWorker((state) => state.leases.some((lease) => leasePhase(lease.step) !== 'finishing'));
  const main = mainOrder(mode, codes, isTaken);
  const isHeld = mode === 'paused' || mode === 'finishing';
  const mainButton = useRef<HTMLButtonElement>(null);
  const pausedHere = useRef(false);
  useEffect(() => {
    // The Pause menu that had the focus is gone now.
    if (isHeld && pausedHere.current) mainButton.current?.focus();
    pausedHere.current = false;
  }, [isHeld]);
  const isCall = isHeld || (main?.order === 'run-now' && codes.every((code) => LIFTED_BY_RUN_NOW.has(code)));
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
        {!isHeld && (
          <PauseMenu
            possible={order.possible}
            onChoose={(kind) => {
              pausedHere.current = true;
              order.send(kind);
            }}
          />
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
