import type { DeviceHealth, HardwareDevice } from '../../contract/model/device.ts';
import type { KnownDevice } from '../store/known-device-rows.ts';
import { deviceId } from './device-ids.ts';
import type { FoundDevice, Loss } from './vendors/vendor.ts';

/** A device that is not seen for so long is forgotten: it was sold, or is in another machine. */
const FORGOTTEN_AFTER_MS = 30 * 86_400_000;

export const GOOD: DeviceHealth = { kind: 'good', alarms: [] };
const VANISHED: Loss = {
  detail: 'This machine no longer finds it.',
  fix: 'If you have removed it, nothing is to be done: it is forgotten after 30 days. Else shut the machine down, check how it is plugged in and powered, and start again.',
};

/** One device of this machine, and what looks at it; null: nothing does, for it is gone. */
export interface Standing {
  readonly device: HardwareDevice;
  readonly found: FoundDevice | null;
}

export interface Standings {
  readonly present: readonly Standing[];
  /** Known ids that no longer stand for a device: forgotten, or of what has another id now. */
  readonly dropped: readonly string[];
}

export const lost = ({ detail, fix }: Loss, sinceMs: number): DeviceHealth => ({ kind: 'lost', sinceMs, detail, fix });

/** What is found now, what was known before, and what became of it. `before`: the devices of the last look; none after a start. */
export function judge(
  workerPublicKey: string,
  found: readonly FoundDevice[],
  known: readonly KnownDevice[],
  before: readonly HardwareDevice[],
  nowMs: number,
): Standings {
  const healthBefore = new Map(before.map(({ id, health }) => [id, health]));
  /** A loss that goes on began when it was seen first, and what was said of it then says more than that the bus still lists the device. */
  function missing(id: string, loss: Loss, sinceMs: number): DeviceHealth {
    const was = healthBefore.get(id);
    if (was === undefined) return lost(loss, sinceMs);
    if (was.kind !== 'lost') return lost(loss, nowMs);
    return lost(loss !== VANISHED && was.detail !== VANISHED.detail ? was : loss, was.sinceMs);
  }
  const byId = new Map(known.map((each) => [each.device.id, each]));
  const standings = new Map<string, Standing>();
  // Those that tell who they are come first, so that nothing else is taken for one of them.
  const sure = found.filter(({ facts }) => facts.uuid !== null);
  const unsure = found.filter(({ facts }) => facts.uuid === null);
  for (const each of [...sure, ...unsure]) {
    const same = each.facts.uuid === null ? sameplace(each, known, standings) : null;
    const id = same?.device.id ?? deviceId(workerPublicKey, each.facts);
    if (standings.has(id)) continue; // the same device twice
    const facts = remember(each, (same ?? byId.get(id))?.device ?? null);
    const health = each.loss === null ? GOOD : missing(id, each.loss, nowMs);
    standings.set(id, { device: { ...facts, id, health }, found: each });
  }
  const dropped: string[] = [];
  for (const { device, seenAtMs } of known) {
    if (standings.has(device.id)) continue;
    const hasNewId = device.uuid === null && [...standings.values()].some((other) => isSamePlace(device, other.device));
    if (hasNewId || nowMs - seenAtMs > FORGOTTEN_AFTER_MS) dropped.push(device.id);
    else standings.set(device.id, { device: { ...device, health: missing(device.id, VANISHED, seenAtMs) }, found: null });
  }
  return { present: [...standings.values()].sort(inOrder), dropped };
}

/** The known device at the place of one that cannot say who it is. */
function sameplace(each: FoundDevice, known: readonly KnownDevice[], taken: ReadonlyMap<string, unknown>): KnownDevice | null {
  const candidates = known.filter(({ device }) => !taken.has(device.id) && isSamePlace(device, each.facts));
  return candidates.reduce<KnownDevice | null>((last, next) => (last === null || next.seenAtMs > last.seenAtMs ? next : last), null);
}

function isSamePlace(a: Pick<HardwareDevice, 'busId' | 'pciId'>, b: Pick<HardwareDevice, 'busId' | 'pciId'>): boolean {
  return a.busId !== null && a.busId === b.busId && a.pciId === b.pciId;
}

function remember({ facts, depth, loss }: FoundDevice, before: HardwareDevice | null): Omit<HardwareDevice, 'id' | 'health'> {
  if (depth === 'asked' || before === null) return facts;
  if (depth === 'asleep' || loss !== null) return before;
  return { ...before, unshareable: facts.unshareable };
}

const KINDS = ['gpu', 'software', 'cpu'];

/** GPUs by their place on the bus, then the rest. */
function inOrder({ device: a }: Standing, { device: b }: Standing): number {
  const kinds = KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  if (kinds !== 0) return kinds;
  const [placeA, placeB] = [`${a.place} ${a.id}`, `${b.place} ${b.id}`];
  return placeA < placeB ? -1 : placeA > placeB ? 1 : 0;
}
