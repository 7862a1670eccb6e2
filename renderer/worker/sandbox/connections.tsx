import { useState } from 'react';
import type { ConnectionRecord } from '../../../src/contract/model/sandbox.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Fold } from '../../ui/fold.tsx';
import { formatBytes } from '../../ui/format/bytes.ts';
import { formatClockSeconds, formatMoment } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { useNow } from '../../ui/use-now.ts';
import { settingAddress } from '../reason-settings.ts';
import { useWorker } from '../store.ts';
import { type LeaseConnections, useConnections } from './use-connections.ts';

const TH = 'px-2 pb-2 text-left text-xs font-normal whitespace-nowrap text-faint';
const TD = 'px-2 py-2 align-top';
const WIDE = 'hidden @2xl:table-cell';
/** A page with more rows than this is no longer read. */
const MAX_SHOWN = 100;
const PLACEHOLDER = 'flex min-h-32 flex-col items-center justify-center rounded-lg border border-line px-4 py-6 text-center';

/** What each job asked to connect to, as its proxy wrote it down. */
export function Connections() {
  const { state, again } = useConnections();
  return (
    <Card title={t('connections.title')} testId="connections">
      <p className="mb-3 text-[13px] text-pretty text-muted">{t('connections.about')}</p>
      {state.kind === 'loading' && (
        <p role="status" className={`${PLACEHOLDER} text-muted`}>
          <span className="animate-late">{t('connections.loading')}</span>
        </p>
      )}
      {state.kind === 'failed' && (
        <div role="alert" className={PLACEHOLDER}>
          <p className="font-medium">{t('connections.failed')}</p>
          <p className="mt-1 text-pretty text-muted">{state.text}</p>
          <Button look="plain" className="mt-3" onClick={again}>
            {t('try-again')}
          </Button>
        </div>
      )}
      {state.kind === 'ready' && (state.leases.length === 0 ? <NoConnections /> : <JobList leases={state.leases} />)}
    </Card>
  );
}

function NoConnections() {
  const isAllowed = useWorker((state) => state.settings.values['network.egress']);
  return (
    <div data-testid="connections-empty" className={`${PLACEHOLDER} border-dashed`}>
      <p className="font-medium">{t('connections.empty')}</p>
      <p className="mt-1 max-w-md text-balance text-muted">{t(isAllowed ? 'connections.empty.on' : 'connections.empty.off')}</p>
      <a href={settingAddress('network.egress')} className="mt-2 rounded py-0.5 text-[13px] text-accent underline-offset-4 hover:underline">
        {t('reasons.setting', { setting: t('set.network.egress') })}
      </a>
    </div>
  );
}

function JobList({ leases }: { readonly leases: readonly LeaseConnections[] }) {
  return (
    <ul className="divide-y divide-line border-t border-line">
      {leases.map((lease, index) => (
        <li key={lease.leaseId} className="py-0.5">
          <JobConnections lease={lease} startsOpen={index === 0} />
        </li>
      ))}
    </ul>
  );
}

function JobConnections({ lease, startsOpen }: { readonly lease: LeaseConnections; readonly startsOpen: boolean }) {
  const [open, setOpen] = useState(startsOpen);
  return (
    <Fold testId="job-connections" open={open} onToggle={setOpen} summary={<JobLine lease={lease} />}>
      {lease.connections.length === 0 ? (
        <p className="pb-3 pl-7 text-[13px] text-muted">{t('connections.none')}</p>
      ) : (
        <ConnectionTable jobName={lease.jobName} connections={lease.connections} />
      )}
    </Fold>
  );
}

function JobLine({ lease: { jobName, startedAtMs, isLive, connections } }: { readonly lease: LeaseConnections }) {
  const nowMs = useNow();
  const refused = connections.filter((one) => one.refusal !== null).length;
  return (
    <span className="flex min-w-0 flex-1 flex-wrap items-baseline justify-between gap-x-4">
      <span className="min-w-0">
        <span className="font-medium [overflow-wrap:anywhere]">{jobName}</span>{' '}
        <span className="figure text-[13px] text-muted">
          {isLive ? t('connections.now') : startedAtMs !== null && formatMoment(startedAtMs, nowMs)}
        </span>
      </span>
      <span className="text-[13px] text-muted tabular-nums">
        {t('connections.count', { through: connections.length - refused, refused })}
      </span>
    </span>
  );
}

function ConnectionTable({ jobName, connections }: { readonly jobName: string; readonly connections: readonly ConnectionRecord[] }) {
  const shown = connections.slice(0, MAX_SHOWN);
  return (
    <div className="@container mb-3 -ml-2 sm:ml-5">
      <table className="w-full border-collapse text-[13px]">
        <caption className="sr-only">{t('connections.of', { job: jobName })}</caption>
        <thead>
          <tr>
            <th scope="col" className={TH}>
              {t('connections.time')}
            </th>
            <th scope="col" className={TH}>
              {t('connections.address')}
            </th>
            <th scope="col" className={`${TH} ${WIDE}`}>
              {t('connections.answer')}
            </th>
            <th scope="col" className={`${TH} ${WIDE} text-right`}>
              {t('connections.sent')}
            </th>
            <th scope="col" className={`${TH} ${WIDE} pr-0 text-right`}>
              {t('connections.received')}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((one, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of a log, which have no name
            <ConnectionRow key={`${one.atMs} ${index}`} record={one} />
          ))}
        </tbody>
      </table>
      {shown.length < connections.length && (
        <p className="mt-2 px-2 text-xs text-muted tabular-nums">
          {t('connections.newest', { shown: shown.length, count: connections.length })}
        </p>
      )}
    </div>
  );
}

function ConnectionRow({ record }: { readonly record: ConnectionRecord }) {
  const { atMs, host, port, address, refusal } = record;
  const [sent, received] = [formatBytes(record.sentBytes), formatBytes(record.receivedBytes)];
  return (
    <tr data-testid="connection" data-refused={refusal !== null} className="border-t border-line">
      <td className={`${TD} figure text-muted`}>{formatClockSeconds(atMs)}</td>
      <td className={`${TD} w-2/5 @max-2xl:w-full [overflow-wrap:anywhere]`}>
        <code className="text-ink">{port === null ? host : `${host}:${port}`}</code>
        {address !== null && <span className="block text-xs text-muted">{address}</span>}
        <span className="mt-1 block @2xl:hidden">
          <Answer refusal={refusal} />
          <span className="block text-xs text-muted tabular-nums">{t('connections.bytes', { sent, received })}</span>
        </span>
      </td>
      <td className={`${TD} ${WIDE}`}>
        <Answer refusal={refusal} />
      </td>
      <td className={`${TD} ${WIDE} figure text-right text-muted`}>{sent}</td>
      <td className={`${TD} ${WIDE} figure pr-0 text-right text-muted`}>{received}</td>
    </tr>
  );
}

function Answer({ refusal }: { readonly refusal: string | null }) {
  return (
    <span className="flex items-start gap-1.5">
      {refusal === null ? (
        <Icon name="check" className="mt-0.5 size-3.5 text-good" />
      ) : (
        <Icon name="close" className="mt-0.5 size-3.5 text-warn" />
      )}
      <span className="min-w-0 text-pretty [overflow-wrap:anywhere]">
        {t(refusal === null ? 'connections.through' : 'connections.refused')}
        {refusal !== null && <span className="text-muted"> · {refusal}</span>}
      </span>
    </span>
  );
}
