import { useState } from 'react';
import type { DoctorReport, Finding, FindingLevel } from '../../../src/contract/model/doctor.ts';
import { CodeText } from '../../ui/code-text.tsx';
import { Fold } from '../../ui/fold.tsx';
import { t } from '../../ui/i18n/t.ts';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { Fix } from './health.tsx';
import type { DoctorState } from './use-doctor.ts';

const LOOK: Readonly<Record<FindingLevel, { readonly icon: IconName; readonly tone: string }>> = {
  missing: { icon: 'alert', tone: 'text-bad' },
  limited: { icon: 'info', tone: 'text-warn' },
  good: { icon: 'check', tone: 'text-good' },
  unneeded: { icon: 'minus', tone: 'text-faint' },
};

/** One line whatever was found, so that nothing below it moves; it opens to what needs the owner, each with its way out. */
export function CheckUp({ state, startsOpen }: { readonly state: DoctorState; readonly startsOpen: boolean }) {
  const [open, setOpen] = useState(startsOpen);
  return (
    <section aria-label={t('check-up.title')} className="rounded-xl border border-line bg-surface px-5 py-1" data-testid="check-up">
      {state.report === null ? (
        <p role={state.failure === null ? 'status' : 'alert'} className="flex items-center gap-3 py-2.5">
          <Icon name={state.failure === null ? 'wait' : 'alert'} className="size-4 text-muted" />
          <span className="min-w-0">
            {state.failure === null ? (
              <span className="animate-late text-muted">{t('check-up.looking')}</span>
            ) : (
              `${t('check-up.failed')}. ${state.failure}`
            )}
          </span>
        </p>
      ) : (
        <Fold open={open} onToggle={setOpen} testId="check-up-fold" summary={<Summary report={state.report} />}>
          <Findings report={state.report} />
        </Fold>
      )}
    </section>
  );
}

const ofLevel = ({ findings }: DoctorReport, ...levels: readonly FindingLevel[]): readonly Finding[] =>
  findings.filter(({ level }) => levels.includes(level));

function Summary({ report }: { readonly report: DoctorReport }) {
  const missing = ofLevel(report, 'missing');
  const limited = ofLevel(report, 'limited');
  const level = missing.length > 0 ? 'missing' : limited.length > 0 ? 'limited' : 'good';
  const named = [...missing, ...limited];
  const count = level === 'missing' ? missing.length : limited.length;
  return (
    <span className="flex min-w-0 flex-1 items-center gap-2" data-testid="check-up-summary" data-level={level}>
      <Icon name={LOOK[level].icon} className={`size-4 ${LOOK[level].tone}`} />
      <span className="min-w-0 truncate">
        <span className="font-medium">
          {level === 'good' ? t('check-up.good', { count: report.findings.length }) : t(`check-up.${level}`, { count })}
        </span>
        {named.length > 0 && <span className="text-muted"> · {named.map(({ title }) => title).join(', ')}</span>}
      </span>
    </span>
  );
}

function Findings({ report }: { readonly report: DoctorReport }) {
  const urgent = [...ofLevel(report, 'missing'), ...ofLevel(report, 'limited')];
  const rest = ofLevel(report, 'good', 'unneeded');
  return (
    <div className="pb-3 pl-7">
      <ul className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {urgent.map((finding) => (
          <FindingRow key={finding.id} finding={finding} />
        ))}
      </ul>
      {rest.length > 0 && (
        <details className={urgent.length === 0 ? '' : 'mt-4 border-t border-line pt-3'}>
          <summary className="w-fit cursor-pointer rounded text-[13px] text-accent">{t('check-up.rest', { count: rest.length })}</summary>
          <ul className="mt-3 grid grid-cols-[minmax(0,1fr)] gap-3">
            {rest.map((finding) => (
              <FindingRow key={finding.id} finding={finding} />
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function FindingRow({ finding }: { readonly finding: Finding }) {
  const { icon, tone } = LOOK[finding.level];
  return (
    <li data-testid={`finding-${finding.id}`} data-level={finding.level} className="flex items-start gap-2.5">
      <Icon name={icon} className={`mt-0.5 size-4 ${tone}`} />
      <div className="min-w-0 [overflow-wrap:anywhere]">
        <p className="font-medium">
          {finding.title} <span className={`text-[13px] font-normal ${tone}`}>{t(`level.${finding.level}`)}</span>
        </p>
        <p className="mt-0.5 text-pretty text-muted">
          <CodeText text={finding.detail} />
        </p>
        {finding.fix !== null && <Fix text={finding.fix} />}
      </div>
    </li>
  );
}
