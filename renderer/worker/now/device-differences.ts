import type { Presence, Reason } from '../../../src/contract/model/presence.ts';

/** A device for which more reasons hold than for the machine. */
export interface DeviceDifference {
  readonly deviceId: string;
  readonly extra: readonly Reason[];
}

/** Only those devices that need a line of their own. */
export function deviceDifferences({ reasons, devices }: Pick<Presence, 'reasons' | 'devices'>): readonly DeviceDifference[] {
  const ofAll = new Set(reasons.map((reason) => reason.code));
  return devices
    .map(({ deviceId, reasons: own }) => ({ deviceId, extra: own.filter((reason) => !ofAll.has(reason.code)) }))
    .filter(({ extra }) => extra.length > 0);
}
