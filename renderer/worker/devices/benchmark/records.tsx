import { useState } from 'react';
import type { BenchmarkRecord } from '../../../../src/contract/model/benchmark.ts';
import { CodeText } from '../../../ui/code-text.tsx';
import { formatDuration } from '../../../ui/format/duration.ts';
import { formatRate } from '../../../ui/format/measures.ts';
import { formatMoment } from '../../../ui/format/time.ts';
import { t } from '../../../ui/i18n/t.ts';
import { Icon } from '../../../ui/icon.tsx';
import { useNow } from '../../../ui/use-now.ts';
import { useRecords } from './use-records.ts';

const runIdOf = (record: BenchmarkRecord): string => (record.kind === 'result' ? record.result.runId : record.failure.runId);

/** All runs of this device, those without a result too; read from the agent when it is opened. */
export function Records({ deviceId, newest }: { readonly deviceId: string; readonly newest: BenchmarkRecord | null }) {
  const [open, setOpen] = useState(false);
  if (newest === null) return null;
  return (
    <details
      className="mt-4 border-t border-line pt-3"
      data-testid="records"
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="w-fit cursor-pointer rounded text-[13px] text-accent">{t('records.title')}</summary>
      {open && <RecordList deviceId={deviceId} newestRunId={runIdOf(newest)} />}
    </details>
  );
}

function RecordList({ deviceId, newestRunId }: { readonly deviceId: string; readonly newestRunId: string }) {
  const state = useRecords(deviceId, newestRunId);
  const nowMs = useNow();
  switch (state.kind) {
    case 'loading':
      return (
        <p role="status" className="mt-2 text-muted">
          <span className="animate-late">{t('records.loading')}</span>
        </p>
      );
    case 'failed':
      return (
        <p role="alert" className="mt-2 text-pretty">
          {t('records.failed')}. <span className="text-muted">{state.text}</span>
        </p>
      );
    case 'ready':
      return state.records.length === 0 ? (
        <p className="mt-2 text-muted">{t('records.none')}</p>
      ) : (
        <ul className="mt-2 divide-y divide-line">
          {state.records.map((record) => (
            <RecordRow key={runIdOf(record)} record={record} nowMs={nowMs} />
          ))}
        </ul>
      );
  }
}

function RecordRow({ record, nowMs }: { readonly record: BenchmarkRecord; readonly nowMs: number }) {
  const { atMs, occasion } = record.kind === 'result' ? record.result : record.failure;
  return (
    <li data-testid="record" data-kind={record.kind} className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-baseline gap-x-3 py-2">
      <Icon
        name={record.kind === 'result' ? 'check' : 'alert'}
        className={`size-3.5 translate-y-0.5 ${record.kind === 'result' ? 'text-good' : 'text-warn'}`}
      />
      <div className="min-w-0">
        {record.kind === 'result' ? (
          <p className="tabular-nums">
            {record.result.score === null ? t('records.no-score') : t('records.score', { score: formatRate(record.result.score.value) })}{' '}
            <span className="text-[13px] text-muted">
              {t('records.took', { time: formatDuration(record.result.durationMs) })}
              {record.result.conditions.driver !== null && ` · ${record.result.conditions.driver}`}
            </span>
          </p>
        ) : (
          <>
            <p>{t(`failure.${record.failure.code}`)}</p>
            <p className="text-[13px] text-pretty text-muted [overflow-wrap:anywhere]">
              <CodeText text={record.failure.fix === null ? record.failure.detail : `${record.failure.detail} ${record.failure.fix}`} />
            </p>
          </>
        )}
      </div>
      <p className="text-right text-[13px] text-muted tabular-nums">
        {formatMoment(atMs, nowMs)}
        <span className="block text-xs">{t(`occasion.${occasion}`)}</span>
      </p>
    </li>
  );
}
