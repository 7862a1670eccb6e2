import { Toggle } from '@base-ui/react/toggle';
import { ToggleGroup } from '@base-ui/react/toggle-group';
import { useState } from 'react';
import { type TimeRange, timeRange } from '../../../src/contract/model/presence.ts';
import { Button } from '../../ui/button.tsx';
import { t } from '../../ui/i18n/t.ts';
import { useWorker } from '../store.ts';
import { useTimeReport } from '../use-time-report.ts';
import { ReasonTable } from './reason-table.tsx';
import { RightNow } from './right-now.tsx';
import { Signals } from './signals.tsx';
import { TimeStrips } from './time-strips.tsx';

/** Where the time went: now, today, over a week; and what Nightshift can sense of this machine at all. */
export function Why() {
  const [range, setRange] = useState<TimeRange>('today');
  return (
    <>
      <div className="flex flex-wrap items-end justify-between gap-x-8 gap-y-3">
        <div>
          <h1 className="text-3xl leading-9 font-semibold tracking-tight">{t('why.title')}</h1>
          <p className="mt-1 text-[15px] text-pretty text-muted">{t('why.subtitle')}</p>
        </div>
        <RangeToggle range={range} onChange={setRange} />
      </div>
      <div className="mt-6 grid grid-cols-[minmax(0,1fr)] gap-4">
        <RightNow />
        <Report range={range} />
        <Signals />
      </div>
    </>
  );
}

function RangeToggle({ range, onChange }: { readonly range: TimeRange; readonly onChange: (range: TimeRange) => void }) {
  return (
    <ToggleGroup
      aria-label={t('why.range')}
      value={[range]}
      onValueChange={([next]) => {
        if (next !== undefined) onChange(timeRange.parse(next));
      }}
      className="flex gap-0.5 rounded-lg border border-line p-0.5"
    >
      {timeRange.options.map((one) => (
        <Toggle
          key={one}
          value={one}
          className="inline-flex h-8 items-center justify-center rounded-md px-3 text-muted hover:text-ink data-pressed:bg-raised data-pressed:font-medium data-pressed:text-ink forced-colors:data-pressed:outline"
        >
          {t(`why.range.${one}`)}
        </Toggle>
      ))}
    </ToggleGroup>
  );
}

/** As tall as a day's strip and a short table, so that little moves when the figures come. */
const PLACEHOLDER = 'flex min-h-64 flex-col items-center justify-center rounded-xl border px-6 py-10 text-center';

function Report({ range }: { readonly range: TimeRange }) {
  const { state, again } = useTimeReport(range);
  const currency = useWorker((worker) => worker.earnings.currency);
  switch (state.kind) {
    case 'loading':
      return (
        <p role="status" className={`${PLACEHOLDER} border-line bg-surface text-muted`}>
          <span className="animate-late">{t('why.loading')}</span>
        </p>
      );
    case 'failed':
      return (
        <div role="alert" className={`${PLACEHOLDER} border-line bg-surface`}>
          <p className="font-medium">{t('why.failed')}</p>
          <p className="mt-1 text-pretty text-muted">{state.text}</p>
          <Button look="plain" className="mt-4" onClick={again}>
            {t('try-again')}
          </Button>
        </div>
      );
    case 'ready':
      return state.report.spans.length === 0 ? (
        <div data-testid="why-empty" className={`${PLACEHOLDER} border-dashed border-line`}>
          <p className="font-medium">{t('why.empty')}</p>
          <p className="mt-1 max-w-md text-pretty text-muted">{t('why.empty.detail')}</p>
        </div>
      ) : (
        <>
          <TimeStrips range={range} report={state.report} />
          <ReasonTable report={state.report} currency={currency} />
        </>
      );
  }
}
