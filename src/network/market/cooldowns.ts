import type { Clock } from '../../lib/clock.ts';
import type { Sessions } from '../registry/sessions.ts';
import { deviceKey } from './match.ts';

/** The longest that a device is left alone. */
const CAP_MS = 10 * 60_000;

interface Cooldown {
  readonly workerId: string;
  readonly refusals: number;
  readonly untilMonotonicMs: number;
  readonly reportRevision: number;
}

interface Device {
  readonly workerId: string;
  readonly deviceId: string;
}

/** Devices that took no lease when they were asked, so that the jobs go to others meanwhile. */
export interface Cooldowns {
  /** The device refused, or did not answer. Each further time in a row it is left alone for twice as long. */
  refused(device: Device): void;
  accepted(device: Device): void;
  /** Keys of the devices to leave alone now. */
  now(): ReadonlySet<string>;
}

/** @param baseMs for the first refusal; a new report of the worker ends that one, but none of the longer ones */
export function createCooldowns(clock: Clock, sessions: Pick<Sessions, 'reportOf'>, baseMs: number): Cooldowns {
  const cooldowns = new Map<string, Cooldown>();
  const isOver = ({ workerId, refusals, untilMonotonicMs, reportRevision }: Cooldown): boolean => {
    if (clock.monotonicMs() >= untilMonotonicMs) return true;
    const reported = sessions.reportOf(workerId);
    return refusals === 1 && reported !== null && reported.revision !== reportRevision;
  };
  return {
    refused: ({ workerId, deviceId }) => {
      const key = deviceKey(workerId, deviceId);
      const refusals = (cooldowns.get(key)?.refusals ?? 0) + 1;
      cooldowns.set(key, {
        workerId,
        refusals,
        untilMonotonicMs: clock.monotonicMs() + Math.min(CAP_MS, baseMs * 2 ** Math.min(refusals - 1, 20)),
        reportRevision: sessions.reportOf(workerId)?.revision ?? 0,
      });
    },
    accepted: ({ workerId, deviceId }) => {
      cooldowns.delete(deviceKey(workerId, deviceId));
    },
    now: () => new Set([...cooldowns].filter(([, cooldown]) => !isOver(cooldown)).map(([key]) => key)),
  };
}
