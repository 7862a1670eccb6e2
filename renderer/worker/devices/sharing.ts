import type { HardwareDevice } from '../../../src/contract/model/device.ts';
import type { Presence, ReasonCode } from '../../../src/contract/model/presence.ts';
import type { EngineState } from '../../../src/contract/worker-api.ts';

/** Whether a device is shared, and if not, what stands against it. */
export type Sharing =
  | { readonly kind: 'never' | 'lost' | 'quarantined' | 'off' | 'busy' | 'shared' }
  | { readonly kind: 'impossible'; readonly detail: string; readonly fix: string | null }
  | { readonly kind: 'held'; readonly code: ReasonCode };

/** Said by the other kinds. */
const SAID_ELSEWHERE: ReadonlySet<ReasonCode> = new Set(['device-off', 'device-quarantined', 'device-lost']);

export function sharingOf(
  device: Pick<HardwareDevice, 'id' | 'kind' | 'health' | 'unshareable'>,
  now: {
    readonly off: readonly string[];
    readonly presence: Presence['devices'];
    readonly engine: EngineState['kind'];
    readonly isBusy: boolean;
  },
): Sharing {
  if (device.kind === 'software') return { kind: 'never' };
  if (device.health.kind === 'lost') return { kind: 'lost' };
  if (device.unshareable !== null) return { kind: 'impossible', ...device.unshareable };
  if (now.off.includes(device.id)) return { kind: 'off' };
  if (device.health.kind === 'quarantined') return { kind: 'quarantined' };
  if (now.isBusy) return { kind: 'busy' };
  if (now.engine === 'missing') return { kind: 'held', code: 'engine-missing' }; // stands until the owner does something
  const own = now.presence.find(({ deviceId }) => deviceId === device.id)?.reasons ?? [];
  const held = own.find(({ code }) => !SAID_ELSEWHERE.has(code));
  return held === undefined ? { kind: 'shared' } : { kind: 'held', code: held.code };
}

/** It takes jobs, now or as soon as what holds it back is over. */
export const isShared = ({ kind }: Sharing): boolean => kind === 'shared' || kind === 'busy' || kind === 'held';
