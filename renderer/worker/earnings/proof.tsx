import type { CheckedReceipt, PastLease } from '../../../src/contract/worker-api.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { formatExactSeconds } from '../../ui/format/duration.ts';
import { formatClockSeconds } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { Money } from '../../ui/money.tsx';
import { Signature } from './signature.tsx';
import { type LeaseProof, useProof } from './use-proof.ts';

/** The receipts and the invoice of a lease, each with its signatures. */
export function Proof({ lease }: { readonly lease: PastLease }) {
  const { state, again } = useProof(lease);
  switch (state.kind) {
    case 'loading':
      return (
        <p role="status" className="animate-late text-muted">
          {t('receipts.loading')} …
        </p>
      );
    case 'failed':
      return (
        <div role="alert">
          <p className="font-medium text-bad">{t('receipts.failed')}</p>
          <p className="mt-1 text-pretty text-muted">{state.text}</p>
          <Button look="plain" className="mt-3" onClick={again}>
            {t('try-again')}
          </Button>
        </div>
      );
    case 'ready':
      return (
        <>
          <Receipts receipts={state.proof.receipts} />
          <Invoice invoice={state.proof.invoice} />
        </>
      );
  }
}

function Receipts({ receipts }: { readonly receipts: readonly CheckedReceipt[] }) {
  return (
    <section aria-labelledby="receipts-title">
      <h3 id="receipts-title" className="font-semibold">
        {t('receipts.title')}
      </h3>
      <p className="mt-1 text-[13px] text-pretty text-muted">{t(receipts.length === 0 ? 'receipts.none' : 'receipts.explained')}</p>
      <ol className="mt-2 divide-y divide-line">
        {receipts.map(({ receipt, ...signed }) => (
          <li key={receipt.interval} data-testid="receipt" className="py-3">
            <div className="flex items-baseline justify-between gap-4">
              <p className="font-medium">
                {t('receipt.number', { interval: receipt.interval })}{' '}
                <span className="figure text-[13px] font-normal text-muted">{formatClockSeconds(receipt.measuredAtMs)}</span>
              </p>
              <p className="text-right">
                <span className="figure text-muted">{formatExactSeconds(receipt.cumulativeUnfrozenMs)}</span>
                <span className="text-faint"> · </span>
                <Money micro={receipt.chargeMicro} currency={receipt.currency} />
              </p>
            </div>
            <Signature by="worker" signature={signed.workerSignature} valid={signed.workerSignatureValid} />
            <Signature by="network" signature={signed.networkSignature} valid={signed.networkSignatureValid} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Invoice({ invoice }: { readonly invoice: LeaseProof['invoice'] }) {
  return (
    <section aria-labelledby="invoice-title" data-testid="invoice">
      <h3 id="invoice-title" className="font-semibold">
        {t('invoice.title')}
      </h3>
      {invoice === null ? (
        <p className="mt-1 text-[13px] text-muted">{t('invoice.none')}</p>
      ) : (
        <>
          <Signature by="network" signature={invoice.networkSignature} valid={invoice.valid} />
          <div className="mt-2 flex items-center justify-between">
            <p className="text-[13px] text-muted">{t('invoice.text')}</p>
            <CopyButton text={invoice.text} what={t('invoice.copy')} />
          </div>
          <pre className="rounded-lg border border-line bg-canvas p-3 font-mono text-xs leading-5 whitespace-pre-wrap [overflow-wrap:anywhere]">
            {invoice.text}
          </pre>
        </>
      )}
    </section>
  );
}
