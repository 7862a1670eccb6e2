import type { ReactNode } from 'react';
import type { HardwareDevice } from '../../../src/contract/model/device.ts';
import type { DeviceCost } from '../../../src/contract/model/power.ts';
import { Card } from '../../ui/card.tsx';
import { formatWatts } from '../../ui/format/measures.ts';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { settingAddress } from '../reason-settings.ts';
import { useWorker } from '../store.ts';
import { formatAmount, VERDICT_TONE } from './cost-words.ts';

/** What an hour of work costs in electricity, what it is offered for, and whether that pays today. */
export function CostCard({ device }: { readonly device: HardwareDevice }) {
  const cost = useWorker((state) => state.costs.find(({ deviceId }) => deviceId === device.id));
  return (
    <Card title={t('cost.title')} testId="cost">
      {cost === undefined || device.unshareable !== null ? <p className="text-muted">{t('cost.none')}</p> : <Cost cost={cost} />}
    </Card>
  );
}

function Cost({ cost }: { readonly cost: DeviceCost }) {
  const currency = useWorker((state) => state.earnings.currency);
  const amount = (micro: number): string => formatAmount(micro, currency, 'short');
  return (
    <div data-testid="cost-of-device" data-verdict={cost.verdict}>
      <p className={`flex items-start gap-2 text-lg leading-6 font-semibold tracking-tight ${VERDICT_TONE[cost.verdict]}`}>
        {cost.verdict !== 'unknown' && <Icon name={cost.verdict === 'earns' ? 'check' : 'alert'} className="mt-1 size-4" />}
        {t(`cost.${cost.verdict}`)}
      </p>
      <p className="mt-0.5 text-pretty text-muted tabular-nums">{cost.verdictDetail}</p>
      <dl className="mt-3">
        <Row term={t('cost.draw')} note={cost.drawDetail}>
          {formatWatts(cost.drawW)}
        </Row>
        <Row
          term={t('cost.tariff')}
          note={
            cost.tariffIsAssumed ? (
              <a href={settingAddress('power.tariff')} className="rounded text-accent underline-offset-4 hover:underline">
                {t('cost.tariff.assumed')}
              </a>
            ) : (
              t('cost.tariff.yours')
            )
          }
        >
          {t('cost.tariff.per-kwh', { amount: amount(cost.microPerKwh) })}
        </Row>
        <Row term={t('cost.power')} note={null}>
          {amount(cost.costMicroPerHour)}
        </Row>
        <Row term={t('cost.floor')} note={t('cost.floor.why')}>
          {amount(cost.floorMicroPerHour)}
        </Row>
        <Row term={t('cost.ask')} note={t(cost.askMicroPerHour === cost.floorMicroPerHour ? 'cost.ask.floor' : 'cost.ask.own')}>
          {amount(cost.askMicroPerHour)}
        </Row>
        <Row term={t('cost.net')} note={t('cost.net.why')} strong>
          <span className={cost.netMicroPerHour < 0 ? 'text-bad' : ''}>{amount(cost.netMicroPerHour)}</span>
        </Row>
        <Row term={t('cost.market')} note={cost.market === null ? null : t('cost.market.why', cost.market)}>
          {cost.market === null ? (
            <span className="font-normal text-muted">{t('cost.market.none')}</span>
          ) : (
            amount(cost.market.paidMicroPerHour)
          )}
        </Row>
      </dl>
    </div>
  );
}

function Row(props: { readonly term: string; readonly note: ReactNode; readonly strong?: boolean; readonly children: ReactNode }) {
  return (
    <div className="flex items-baseline justify-between gap-6 border-t border-line py-2">
      <dt className="min-w-0">
        {props.term}
        {props.note !== null && <span className="block text-xs text-pretty text-muted">{props.note}</span>}
      </dt>
      <dd className={`shrink-0 text-right tabular-nums ${props.strong === true ? 'font-semibold' : ''}`}>{props.children}</dd>
    </div>
  );
}
