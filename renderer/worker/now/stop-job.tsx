import { AlertDialog } from '@base-ui/react/alert-dialog';
import { useState } from 'react';
import type { LiveLease } from '../../../src/contract/worker-api.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { popupClass, scrimClass } from '../../ui/dialog-classes.ts';
import { formatDuration } from '../../ui/format/duration.ts';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { useOrder } from '../use-order.ts';
import { stopCost, stopCostText } from './stop-cost.ts';

/** Stops a job for good, after saying what that costs. The card goes away by itself once the job has ended. */
export function StopJob({ lease }: { readonly lease: LiveLease }) {
  const [open, setOpen] = useState(false);
  const cost = stopCost(lease);
  const stop = useOrder(async (client) => {
    await client.leases.stop({ leaseId: lease.leaseId });
    setOpen(false);
  });
  return (
    <AlertDialog.Root open={open} onOpenChange={setOpen}>
      <AlertDialog.Trigger disabled={!stop.possible} className={buttonClass('plain')}>
        <Icon name="stop" className="size-3.5" />
        {t('stop.action')}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={scrimClass} />
        <AlertDialog.Popup
          className={`${popupClass} fixed top-1/2 left-1/2 w-[min(440px,calc(100vw-32px))] -translate-1/2 rounded-2xl p-6 transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0`}
        >
          <AlertDialog.Title className="text-lg leading-6 font-semibold [overflow-wrap:anywhere]">
            {t('stop.title', { job: lease.jobName })}
          </AlertDialog.Title>
          <AlertDialog.Description className="mt-2 text-pretty text-muted tabular-nums">
            {stopCostText(cost)}
            {cost.kind !== 'none' && ` ${t('stop.paid', { time: formatDuration(lease.unfrozenMs) })}`}
          </AlertDialog.Description>
          {stop.failure !== null && (
            <p role="alert" className="mt-3 text-bad">
              {stop.failure}
            </p>
          )}
          <div className="mt-6 flex flex-wrap justify-end gap-2">
            <AlertDialog.Close className={buttonClass('plain')}>{t('stop.keep')}</AlertDialog.Close>
            <Button look="danger" possible={stop.possible} onClick={() => stop.send()}>
              {t('stop.confirm')}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
