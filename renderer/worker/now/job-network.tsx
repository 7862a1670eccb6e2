import type { JobNetwork as Network } from '../../../src/contract/model/job.ts';
import { formatBytes } from '../../ui/format/bytes.ts';
import { t } from '../../ui/i18n/t.ts';
import { Fact } from './job-fact.tsx';

/** A job may list 64 addresses; most list one or two. */
const SHOWN = 2;

/** What the job may reach, address by address. */
export function JobNetwork({ network }: { readonly network: Network }) {
  switch (network.kind) {
    case 'none':
      return (
        <Fact term={t('job.network')} detail={t('job.network.none.detail')}>
          {t('job.network.none')}
        </Fact>
      );
    case 'egress': {
      const more = network.allow.slice(SHOWN);
      return (
        <Fact
          term={t('job.network')}
          detail={t('job.network.only.detail', { up: formatBytes(network.maxUploadBytes), down: formatBytes(network.maxDownloadBytes) })}
        >
          {t('job.network.only')}
          <Addresses addresses={network.allow.slice(0, SHOWN)} />
          {more.length > 0 && (
            <details>
              <summary className="w-fit cursor-pointer rounded text-[13px] font-normal text-accent">
                {t('job.network.more', { count: more.length })}
              </summary>
              <Addresses addresses={more} />
            </details>
          )}
        </Fact>
      );
    }
  }
}

function Addresses({ addresses }: { readonly addresses: readonly string[] }) {
  return (
    <ul className="text-[13px] leading-5 font-normal">
      {addresses.map((address) => (
        <li key={address}>
          <code>{address}</code>
        </li>
      ))}
    </ul>
  );
}
