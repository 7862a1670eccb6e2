import { feeMicro } from '../../../contract/model/money.ts';
import type { Settings } from '../../../contract/model/settings.ts';

const BASIS_POINTS = 10_000;
/** A million credits an hour: what is asked where no price could leave the owner anything. Settings end far below it. */
const NOBODYS_PRICE_MICRO = 1_000_000_000_000;

const ceilDiv = (amount: number, by: number): number => Math.ceil(amount / by);

/** What a draw costs for an hour, rounded up. A tenth of a watt is as fine as a draw is counted. */
export function costMicroPerHour(drawW: number, microPerKwh: number): number {
  const deciwatts = Math.ceil(Number((drawW * 10).toFixed(6)));
  return ceilDiv(deciwatts * microPerKwh, BASIS_POINTS); // 10,000 tenths of a watt make a kilowatt
}

/** What is left of a price, for an hour, once the network has taken its fee. */
export const afterFeeMicro = (microPerHour: number, takeRateBasisPoints: number): number =>
  microPerHour - feeMicro(microPerHour, takeRateBasisPoints);

/**
 * The lowest price of which, after the fee, the cost with the margin on it is left.
 * @param marginShare as a share of the cost
 */
export function floorMicroPerHour(costMicro: number, marginShare: number, takeRateBasisPoints: number): number {
  const marginBasisPoints = Math.ceil(Number((marginShare * BASIS_POINTS).toFixed(6)));
  const leftMicro = ceilDiv(costMicro * (BASIS_POINTS + marginBasisPoints), BASIS_POINTS);
  if (leftMicro === 0) return 0;
  if (takeRateBasisPoints >= BASIS_POINTS) return NOBODYS_PRICE_MICRO;
  return Math.min(NOBODYS_PRICE_MICRO, ceilDiv(leftMicro * BASIS_POINTS, BASIS_POINTS - takeRateBasisPoints));
}

/** The price that the owner has set for a device: its own, else that of its class. */
export function ownPriceMicroPerHour(deviceId: string, deviceClass: 'cpu' | 'gpu', settings: Settings): number {
  const ofClass = deviceClass === 'cpu' ? settings['pricing.cpuMicroPerHour'] : settings['pricing.gpuMicroPerHour'];
  return settings['pricing.ofDevices'][deviceId] ?? ofClass;
}
