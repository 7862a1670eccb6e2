import type { ReactNode } from 'react';
import { Card } from '../../ui/card.tsx';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { DevicePricesSetting } from './device-prices-setting.tsx';
import { DevicesSetting } from './devices-setting.tsx';
import { NumberSetting } from './number-setting.tsx';
import { OpenDatesSetting } from './open-dates-setting.tsx';
import { ProgramSetting } from './program-setting.tsx';
import { RegistriesSetting } from './registries-setting.tsx';
import { ScheduleSetting } from './schedule-setting.tsx';
import { SwitchSetting } from './switch-setting.tsx';
import { TariffSetting } from './tariff-setting.tsx';
import { TimeZoneSetting } from './time-zone-setting.tsx';

const SECTIONS = ['when', 'you', 'programs', 'power', 'connection', 'sandbox', 'devices', 'prices', 'limits'] as const;
type Section = (typeof SECTIONS)[number];

/** When and how this machine works for others. Each change is saved at once. */
export function Settings() {
  return (
    <>
      <h1 className="text-3xl leading-9 font-semibold tracking-tight">{t('settings.title')}</h1>
      <p className="mt-1 text-[15px] text-pretty text-muted">{t('settings.subtitle')}</p>
      <SectionLinks />
      <div className="mt-6 grid grid-cols-[minmax(0,1fr)] gap-4">
        <Part section="when">
          <ScheduleSetting />
          <TimeZoneSetting />
          <OpenDatesSetting />
        </Part>
        <Part section="you">
          <NumberSetting name="presence.idleDelayMs" />
          <NumberSetting name="presence.evictAfterMs" />
          <NumberSetting name="limits.busyCpuShare" />
          <NumberSetting name="presence.cpuByOthersShare" />
          <SwitchSetting name="presence.remoteCounts" />
          <SwitchSetting name="presence.laptop" />
          <SwitchSetting name="presence.dedicated" whenOn={<Warning text={t('set.presence.dedicated.warning')} />} />
        </Part>
        <Part section="programs">
          <ProgramSetting name="programs.freezeFor" />
          <ProgramSetting name="programs.evictFor" />
        </Part>
        <Part section="power">
          <NumberSetting name="thermal.cpuLimitC" />
          <NumberSetting name="thermal.gpuLimitC" />
          <NumberSetting name="power.maxDrawWatts" />
          <SwitchSetting name="power.onBattery" />
          <NumberSetting name="power.minChargePercent" />
          <SwitchSetting name="power.holdAwake" />
          <SwitchSetting name="power.wakeForSchedule" />
        </Part>
        <Part section="connection">
          <SwitchSetting name="network.onMetered" />
          <SwitchSetting name="network.egress" whenOn={<Warning text={t('set.network.egress.warning')} />} />
        </Part>
        <Part section="sandbox">
          <SwitchSetting name="sandbox.checkFirst" whenOff={<Warning text={t('set.sandbox.checkFirst.warning')} />} />
          <RegistriesSetting />
          <NumberSetting name="limits.imageBytes" />
          <NumberSetting name="limits.imageCacheBytes" />
        </Part>
        <Part section="devices">
          <DevicesSetting />
          <SwitchSetting name="benchmark.automatic" />
          <NumberSetting name="benchmark.everyDays" />
        </Part>
        <Part section="prices">
          <TariffSetting />
          <NumberSetting name="power.supplyEfficiency" />
          <SwitchSetting name="pricing.neverBelowCost" whenOff={<Warning text={t('set.pricing.neverBelowCost.warning')} />} />
          <NumberSetting name="pricing.marginShare" />
          <NumberSetting name="pricing.cpuMicroPerHour" />
          <NumberSetting name="pricing.gpuMicroPerHour" />
          <DevicePricesSetting />
        </Part>
        <Part section="limits">
          <NumberSetting name="limits.cpuShare" />
          <NumberSetting name="limits.memoryShare" />
          <NumberSetting name="limits.diskBytes" />
        </Part>
      </div>
    </>
  );
}

/** Buttons, not links: the address names the screen. */
function SectionLinks() {
  return (
    <ul aria-label={t('settings.sections')} className="mt-4 -ml-2 flex flex-wrap gap-1">
      {SECTIONS.map((section) => (
        <li key={section}>
          <button
            type="button"
            onClick={() => {
              const part = document.getElementById(`section-${section}`);
              part?.scrollIntoView({ block: 'start' });
              part?.focus({ preventScroll: true });
            }}
            className="h-8 rounded-lg px-2.5 text-[13px] text-muted hover:bg-raised hover:text-ink"
          >
            {t(`section.${section}`)}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Part({ section, children }: { readonly section: Section; readonly children: ReactNode }) {
  return (
    <div id={`section-${section}`} tabIndex={-1} className="scroll-mt-16 rounded-xl md:scroll-mt-4">
      <Card title={t(`section.${section}`)} testId={`section-${section}`}>
        <div className="-my-2 divide-y divide-line">{children}</div>
      </Card>
    </div>
  );
}

function Warning({ text }: { readonly text: string }) {
  return (
    <p role="note" className="mt-2 flex items-start gap-2 text-[13px] text-pretty text-warn">
      <Icon name="alert" className="mt-0.5 size-4" />
      {text}
    </p>
  );
}
