import type { SignedSandboxReport } from '../../../src/contract/model/sandbox.ts';
import { CodeText } from '../../ui/code-text.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { t } from '../../ui/i18n/t.ts';
import { Signature } from '../earnings/signature.tsx';
import { useWorker } from '../store.ts';

/** By whom the report is signed. The agent takes no report of its own whose signature does not hold. */
export function ReportSignature({ signed }: { readonly signed: SignedSandboxReport }) {
  const publicKey = useWorker((state) => state.worker.publicKey);
  return (
    <div data-testid="report-signature">
      <Signature by="worker" signature={signed.signature} valid={signed.report.workerPublicKey === publicKey} />
      <p className="flex items-center justify-between gap-2 text-[13px] text-muted">
        <span>
          <CodeText text={t('sandbox.report.verify')} />
        </span>
        <CopyButton text={JSON.stringify(signed, null, 2)} what={t('sandbox.report.copy')} />
      </p>
    </div>
  );
}
