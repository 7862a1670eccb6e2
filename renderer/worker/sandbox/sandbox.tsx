import { t } from '../../ui/i18n/t.ts';
import { Connections } from './connections.tsx';
import { Limits } from './limits.tsx';
import { ProbeGroups } from './probe-groups.tsx';
import { Verdict } from './verdict.tsx';

/** Whether the sandbox holds on this machine, attack by attack, and what jobs connected to. */
export function Sandbox() {
  return (
    <>
      <h1 className="text-3xl leading-9 font-semibold tracking-tight">{t('sandbox.title')}</h1>
      <p className="mt-1 max-w-2xl text-[15px] text-pretty text-muted">{t('sandbox.subtitle')}</p>
      <div className="mt-6 grid grid-cols-[minmax(0,1fr)] gap-4">
        <Verdict />
        <ProbeGroups />
        <Limits />
        <Connections />
      </div>
    </>
  );
}
