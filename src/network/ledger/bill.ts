import { chargeMicro, feeMicro } from '../../contract/model/money.ts';

/** What a lease comes to. charge = fee + net, in micro-credits. */
export interface Bill {
  readonly unfrozenMs: number;
  readonly chargeMicro: number;
  readonly feeMicro: number;
  readonly netMicro: number;
}

export interface BilledLease {
  readonly cumulativeUnfrozenMs: number;
  readonly maxUnfrozenMs: number;
  readonly microPerHour: number;
  readonly takeRateBasisPoints: number;
}

/** Bills the accepted usage, never more than was funded. */
export function billOf(lease: BilledLease): Bill {
  const unfrozenMs = Math.min(lease.cumulativeUnfrozenMs, lease.maxUnfrozenMs);
  const charge = chargeMicro(unfrozenMs, lease.microPerHour);
  const fee = feeMicro(charge, lease.takeRateBasisPoints);
  return { unfrozenMs, chargeMicro: charge, feeMicro: fee, netMicro: charge - fee };
}
