import { CopyButton } from '../../ui/copy-button.tsx';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';

const SHOWN_START = 8;
const SHOWN_END = 6;

/** Who signed and whether it holds, in words; the signature itself shortened and to copy. `valid` null: not signed yet. */
export function Signature(props: { readonly by: 'worker' | 'network'; readonly signature: string | null; readonly valid: boolean | null }) {
  const { by, signature, valid } = props;
  if (signature === null || valid === null) {
    return (
      <p className="mt-1 flex min-h-7 items-center gap-2 text-[13px] text-muted">
        <Icon name="wait" className="size-4 text-warn" />
        {t('signature.network.waiting')}
      </p>
    );
  }
  return (
    <p className={`mt-1 flex min-h-7 items-center gap-2 text-[13px] ${valid ? 'text-muted' : 'font-semibold text-bad'}`}>
      <Icon name={valid ? 'check' : 'alert'} className={`size-4 ${valid ? 'text-good' : ''}`} />
      <span className="flex-1 leading-4">{t(valid ? `signature.${by}` : `signature.${by}.bad`)}</span>
      <code className="text-xs font-normal whitespace-nowrap text-faint" title={signature}>
        {signature.slice(0, SHOWN_START)}…{signature.slice(-SHOWN_END)}
      </code>
      <CopyButton text={signature} what={t('signature.what')} />
    </p>
  );
}
