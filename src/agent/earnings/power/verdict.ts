import type { DeviceClass } from '../../../contract/model/device.ts';
import { type Currency, MICRO_PER_CREDIT } from '../../../contract/model/money.ts';
import type { DeviceCost } from '../../../contract/model/power.ts';
import { afterFeeMicro } from './cost.ts';

/** Prices are micro-credits an hour. */
export interface Standing {
  readonly deviceClass: DeviceClass;
  /** Electricity in the dearest hour in which work may run. */
  readonly costMicro: number;
  /** It is cheaper now: the tariff changes with the hour. */
  readonly costIsPeak: boolean;
  readonly microPerKwh: number;
  readonly tariffIsAssumed: boolean;
  /** What the owner has set. */
  readonly ownMicro: number;
  readonly askMicro: number;
  readonly takeRateBasisPoints: number;
  readonly market: DeviceCost['market'];
  /** The network has told its prices. */
  readonly pricesAreKnown: boolean;
  /** Null before this worker has enrolled. */
  readonly currency: Currency | null;
}

/** Whether work on a device pays at what leases of its class paid, and what it is offered for where that is not the owner's price. In words, with the figures. */
export function verdictOf(standing: Standing): Pick<DeviceCost, 'verdict' | 'verdictDetail'> {
  const { market, costMicro, takeRateBasisPoints } = standing;
  const amount = (micro: number): string => `${inCredits(micro)} ${standing.currency ?? 'credits'}`;
  const assumed = standing.tariffIsAssumed ? ` at the assumed ${inCredits(standing.microPerKwh)} a kilowatt-hour` : '';
  const electricity = `its electricity costs ${standing.costIsPeak ? 'up to ' : ''}${amount(costMicro)} an hour${assumed}`;
  const offered = offerText(standing, amount);
  if (market === null) {
    const why = standing.pricesAreKnown
      ? `no lease of a ${standing.deviceClass.toUpperCase()} has been paid on this network lately`
      : 'the network has not told what leases pay';
    return { verdict: 'unknown', verdictDetail: `Not known at today's prices, because ${why}; ${electricity}. ${offered}`.trim() };
  }
  const left = afterFeeMicro(market.paidMicroPerHour, takeRateBasisPoints);
  const paid = `leases of ${standing.deviceClass.toUpperCase()}s of any kind paid ${amount(market.paidMicroPerHour)} an hour, ${inCredits(left)} after the fee; ${electricity}.`;
  if (left < costMicro) return { verdict: 'loses', verdictDetail: `Loses money at today's prices: ${paid} ${offered}`.trim() };
  return { verdict: 'earns', verdictDetail: `Earns at today's prices: ${paid} ${offered}`.trim() };
}

function offerText({ askMicro, ownMicro, costMicro, takeRateBasisPoints, market }: Standing, amount: (micro: number) => string): string {
  if (askMicro > ownMicro)
    return `It is offered for ${amount(askMicro)} instead of your ${inCredits(ownMicro)}: less would not cover its electricity and your margin after the fee.`;
  if (afterFeeMicro(askMicro, takeRateBasisPoints) < costMicro)
    return `It is offered for your ${amount(askMicro)} all the same, at a loss: the setting that forbids it is off.`;
  return market !== null && askMicro > market.paidMicroPerHour ? `You ask more than that: ${amount(askMicro)}.` : '';
}

/** For reading: to a hundredth of a cent, or exact where that would be nothing. */
function inCredits(micro: number): string {
  const value = micro / MICRO_PER_CREDIT;
  const digits = micro !== 0 && Math.abs(micro) < 100 ? 6 : 4;
  return value.toFixed(digits).replace(/(\.\d\d\d*?)0+$/, '$1');
}
