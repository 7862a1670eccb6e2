import { useState } from 'react';
import { type ProbeGroup, type ProbeResult, probeGroup } from '../../../src/contract/model/sandbox.ts';
import { Card } from '../../ui/card.tsx';
import { Fold } from '../../ui/fold.tsx';
import { t } from '../../ui/i18n/t.ts';
import { useWorker } from '../store.ts';
import { MarkIcon, markTone } from './mark-icon.tsx';
import { inGroups, markOf, marks, tally } from './probe-marks.ts';
import { shownProbes } from './standing.ts';

/** Every attack by what it is about. All groups stand from the start; only their counts change while a check runs. */
export function ProbeGroups() {
  const sandbox = useWorker((state) => state.sandbox);
  const [open, setOpen] = useState<ReadonlySet<ProbeGroup>>(new Set());
  const probes = shownProbes(sandbox);
  const allOpen = open.size === probeGroup.options.length;
  const toggle = (group: ProbeGroup, isOpen: boolean): void =>
    setOpen((before) => new Set(isOpen ? [...before, group] : [...before].filter((one) => one !== group)));
  return (
    <Card
      title={t(sandbox.check.kind === 'running' || sandbox.isCurrent || sandbox.report === null ? 'probes.title' : 'probes.last')}
      testId="probes"
      aside={
        <button
          type="button"
          className="rounded text-[13px] text-accent underline-offset-4 hover:underline"
          onClick={() => setOpen(allOpen ? new Set() : new Set(probeGroup.options))}
        >
          {t(allOpen ? 'probes.close' : 'probes.open')}
        </button>
      }
    >
      <ul className="divide-y divide-line border-t border-line">
        {inGroups(probes).map((one) => (
          <li key={one.group} className="py-0.5">
            <Fold
              testId={`probes-${one.group}`}
              open={open.has(one.group)}
              onToggle={(isOpen) => toggle(one.group, isOpen)}
              summary={<GroupLine group={one.group} probes={one.probes} />}
            >
              <GroupProbes probes={one.probes} />
            </Fold>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function GroupLine({ group, probes }: { readonly group: ProbeGroup; readonly probes: readonly ProbeResult[] }) {
  const counts = tally(probes);
  const counted = marks.filter((mark) => counts[mark] > 0);
  return (
    <span className="flex min-w-0 flex-1 flex-wrap items-baseline justify-between gap-x-4">
      <span className="min-w-0">
        <span className="font-medium">{t(`group-of.${group}`)}</span>
        <span className="block text-[13px] text-pretty text-muted">{t(`group-of.${group}.about`)}</span>
      </span>
      <span className="flex flex-wrap gap-x-3 text-[13px] text-muted tabular-nums">
        {counted.length === 0
          ? t('tally.none')
          : counted.map((mark) => (
              <span key={mark} className={mark === 'through' ? 'font-medium text-bad' : ''}>
                {t(`tally.${mark}`, { count: counts[mark] })}
              </span>
            ))}
      </span>
    </span>
  );
}

function GroupProbes({ probes }: { readonly probes: readonly ProbeResult[] }) {
  if (probes.length === 0) return <p className="pb-3 pl-7 text-[13px] text-muted">{t('probes.group.empty')}</p>;
  return (
    <ul className="mb-2 divide-y divide-line/60 pl-7">
      {probes.map((probe) => (
        <ProbeRow key={probe.id} probe={probe} />
      ))}
    </ul>
  );
}

function ProbeRow({ probe }: { readonly probe: ProbeResult }) {
  const mark = markOf(probe);
  return (
    <li data-testid="probe" data-mark={mark} className="flex items-start gap-2.5 py-2">
      <MarkIcon mark={mark} className="mt-0.5 size-4" />
      <div className="flex min-w-0 flex-1 flex-wrap items-baseline justify-between gap-x-4">
        <p className="min-w-0 flex-1 basis-64 text-pretty [overflow-wrap:anywhere]">
          {probe.title}
          <span className="block text-[13px] text-muted">{probe.outcome}</span>
        </p>
        <p className={`text-[13px] ${markTone(mark)}`}>{t(`mark.${mark}`)}</p>
      </div>
    </li>
  );
}
