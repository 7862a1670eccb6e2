import type { HardwareDevice } from '../../../src/contract/model/device.ts';
import { Card } from '../../ui/card.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { formatBytes } from '../../ui/format/bytes.ts';
import { formatWatts } from '../../ui/format/measures.ts';
import { t } from '../../ui/i18n/t.ts';
import { linkNote, linkNowText } from './link-text.ts';

/** All that is known of the device itself, each with its source. */
export function FactsCard({ device }: { readonly device: HardwareDevice }) {
  const { kind, memoryBytes, powerLimitW, powerLimitDefaultW, link, driver } = device;
  const isGpu = kind === 'gpu';
  return (
    <Card title={t('facts.title')} testId="facts">
      <dl className="-mb-2">
        <Fact term={t('facts.model')} value={device.name} source={device.source} />
        <Fact term={t('facts.vendor')} value={device.vendor} source={null} />
        {device.form !== null && <Fact term={t('facts.form')} value={t(`facts.form.${device.form}`)} source={null} />}
        {device.cores !== null && <Fact term={t('facts.cores')} value={String(device.cores)} source={null} />}
        {kind !== 'software' && (
          <Fact
            term={t(isGpu ? 'facts.memory' : 'facts.memory.cpu')}
            value={memoryBytes === null ? null : formatBytes(memoryBytes.value)}
            source={memoryBytes?.source ?? null}
          />
        )}
        {kind !== 'cpu' && (
          <Fact term={t('facts.driver')} value={driver === null ? null : `${driver.name} ${driver.version ?? ''}`.trim()} source={null} />
        )}
        {isGpu && (
          <>
            <Fact
              term={t('facts.power-limit')}
              value={powerLimitW === null ? null : formatWatts(powerLimitW.value)}
              source={powerLimitW?.source ?? null}
              note={powerLimitDefaultW === null ? null : t('facts.power-limit.default', { watts: formatWatts(powerLimitDefaultW.value) })}
            />
            <Fact
              term={t('facts.link')}
              value={link === null ? null : linkNowText(link.value)}
              source={link?.source ?? null}
              note={link === null ? null : linkNote(link.value)}
            />
          </>
        )}
        <Fact term={t('facts.place')} value={device.place} source={null} />
        {device.uuid !== null && <Fact term={t('facts.uuid')} value={device.uuid} source={null} isCode />}
        {device.pciId !== null && <Fact term={t('facts.pci-id')} value={device.pciId} source={null} isCode />}
        <Fact term={t('facts.id')} value={device.id} source={null} note={t('facts.id.why')} isCode />
      </dl>
    </Card>
  );
}

function Fact(props: {
  readonly term: string;
  readonly value: string | null;
  readonly source: string | null;
  readonly note?: string | null;
  readonly isCode?: boolean;
}) {
  const { term, value, source, note = null, isCode = false } = props;
  return (
    <div className="flex items-baseline justify-between gap-6 border-t border-line py-2 first:border-t-0 first:pt-0">
      <dt className="shrink-0 text-muted">{term}</dt>
      <dd className="min-w-0 text-right tabular-nums [overflow-wrap:anywhere]">
        {value === null ? (
          <span className="text-muted">{t('live.unknown')}</span>
        ) : isCode ? (
          <>
            <code>{value}</code>
            <CopyButton text={value} what={term} className="-my-1.5 ml-0.5 size-6 align-middle" />
          </>
        ) : (
          value
        )}
        {(note !== null || source !== null) && (
          <span className="block text-xs text-pretty text-muted">
            {[source === null ? null : t('live.source', { source }), note].filter((part) => part !== null).join(' · ')}
          </span>
        )}
      </dd>
    </div>
  );
}
