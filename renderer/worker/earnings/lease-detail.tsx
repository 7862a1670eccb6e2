import { Dialog } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import type { PastLease } from '../../../src/contract/worker-api.ts';
import { DeviceLabel } from '../../ui/device-label.tsx';
import { popupClass, scrimClass } from '../../ui/dialog-classes.ts';
import { formatExactSeconds } from '../../ui/format/duration.ts';
import { formatMoment } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { Money } from '../../ui/money.tsx';
import { useNow } from '../../ui/use-now.ts';
import { useWorker } from '../store.ts';
import { endedText, moneyState, moneyText } from './lease-words.ts';
import { Proof } from './proof.tsx';

/** The panel beside the list with all there is to know about one lease's money. */
export function LeaseDetail({ lease, onClose }: { readonly lease: PastLease | undefined; readonly onClose: () => void }) {
  return (
    <Dialog.Root open={lease !== undefined} onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={scrimClass} />
        <Dialog.Popup
          data-testid="lease-detail"
          className={`${popupClass} fixed inset-y-0 right-0 w-[min(520px,100vw)] overflow-y-auto border-y-0 border-r-0 transition-transform duration-200 data-ending-style:translate-x-full data-starting-style:translate-x-full`}
        >
          {lease !== undefined && (
            <>
              <div className="sticky top-0 z-10 flex items-start justify-between gap-4 border-b border-line bg-surface px-6 py-4">
                <div className="min-w-0">
                  <Dialog.Title className="text-lg leading-7 font-semibold [overflow-wrap:anywhere]">{lease.jobName}</Dialog.Title>
                  <Dialog.Description className="text-xs leading-4 text-muted">
                    <code>{lease.leaseId}</code>
                  </Dialog.Description>
                </div>
                <Dialog.Close
                  aria-label={t('close')}
                  className="inline-flex size-8 shrink-0 items-center justify-center rounded-lg text-muted hover:bg-raised hover:text-ink"
                >
                  <Icon name="close" />
                </Dialog.Close>
              </div>
              <div className="grid gap-8 px-6 py-5">
                <Facts lease={lease} />
                <Proof lease={lease} />
              </div>
            </>
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Facts({ lease }: { readonly lease: PastLease }) {
  const nowMs = useNow();
  const currency = useWorker((state) => state.earnings.currency);
  return (
    <section aria-label={t('lease.facts')}>
      <dl className="grid gap-2">
        <Fact term={t('lease.device')}>
          {lease.deviceName} <DeviceLabel kind={lease.deviceClass} />
        </Fact>
        <Fact term={t('leases.when')}>
          <span className="tabular-nums">{whenText(lease, nowMs)}</span>
        </Fact>
        <Fact term={t('lease.outcome')}>{endedText(lease)}</Fact>
        <Fact term={t('leases.time')}>
          <span className="figure">{formatExactSeconds(lease.unfrozenMs)}</span>
        </Fact>
        <Fact term={t('leases.price')}>
          <Money micro={lease.microPerHour} currency={currency} digits="short" />
        </Fact>
      </dl>
      <dl className="mt-4 grid gap-2 border-t border-line pt-4">
        <Fact term={t('leases.charge')}>
          <Money micro={lease.chargeMicro} currency={currency} />
        </Fact>
        <Fact term={t('leases.fee')}>
          <Money micro={lease.feeMicro} currency={currency} />
        </Fact>
        <Fact term={t('leases.net')}>
          <Money micro={lease.netMicro} currency={currency} className="font-semibold" />
        </Fact>
        <Fact term={t('leases.state')}>{moneyText(moneyState(lease, nowMs), nowMs)}</Fact>
      </dl>
      {lease.outcome !== null && 'detail' in lease.outcome && <p className="mt-4 text-pretty text-muted">{lease.outcome.detail}</p>}
    </section>
  );
}

function whenText({ startedAtMs, endedAtMs }: PastLease, nowMs: number): string {
  if (startedAtMs === null) return t('leases.never-started');
  const from = formatMoment(startedAtMs, nowMs);
  const to = endedAtMs === null ? from : formatMoment(endedAtMs, nowMs);
  return from === to ? from : t('lease.from-to', { from, to });
}

function Fact({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  return (
    <div className="flex items-baseline justify-between gap-6">
      <dt className="shrink-0 text-muted">{term}</dt>
      <dd className="min-w-0 text-right [overflow-wrap:anywhere]">{children}</dd>
    </div>
  );
}
