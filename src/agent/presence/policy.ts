import type { Presence, Reason, ReasonCode } from '../../contract/model/presence.ts';
import type { Settings } from '../../contract/model/settings.ts';
import { isStillAsked, type Now, type PolicyInput, type Standing, standingReasons } from './reasons.ts';
import type { RunningJob, Verdict } from './verdict.ts';

/** What the policy remembers from one decision to the next. Start with `freshMemory`. */
export interface PolicyMemory {
  readonly seen: ReadonlyMap<ReasonCode, Seen>;
}
interface Seen {
  readonly standing: Standing;
  readonly firstMonotonicMs: number;
  readonly lastMonotonicMs: number;
}
export const freshMemory: PolicyMemory = { seen: new Map() };

/** A reason that holds: it stands now, or it stood so lately that work must not start yet. */
export interface Holding extends Standing {
  readonly standsNow: boolean;
}

export interface Assessment {
  readonly memory: PolicyMemory;
  readonly holding: readonly Holding[];
}

/** What flickers (a temperature at its limit, a sensor that comes and goes) keeps work away at least this long. */
const SETTLE_MS = 60_000;

/** After these the owner is most likely still there: as long as after a key press. */
const SHOWS_OWNER: ReadonlySet<ReasonCode> = new Set([
  'fullscreen',
  'inhibited',
  'remote-session',
  'other-user',
  'gpu-in-use',
  'program-running',
]);
/** These say themselves when they end; they only must not flicker. */
const CARRIES_ITS_DELAY: ReadonlySet<ReasonCode> = new Set(['owner-active', 'gamepad-active', 'just-woke', 'outside-schedule']);
/** These keep a new job away and let a running one go on; none of them tells that the owner is here. */
export const START_ONLY: ReadonlySet<ReasonCode> = new Set([
  'finishing',
  'device-off',
  'engine-missing',
  'engine-starting',
  'sandbox-unchecked',
  'sandbox-failed',
  'not-enrolled',
  'network-unreachable',
  'disk-full',
  'no-device',
  'device-quarantined',
  'device-lost',
  'benchmarking',
  'stopping',
]);
/** The owner's own word, and what only a new job needs, end the moment they end. */
const ENDS_AT_ONCE: ReadonlySet<ReasonCode> = new Set([...START_ONLY, 'paused-by-owner']);
/** What does not count on a machine at which nobody sits. */
const WAIVED_BY_DEDICATED: ReadonlySet<ReasonCode> = new Set([
  'owner-active',
  'input-unknown',
  'gamepad-active',
  'gamepad-unknown',
  'fullscreen',
  'fullscreen-unknown',
  'inhibited',
  'inhibitor-unknown',
  'remote-session',
  'other-user',
  'session-unknown',
  'cpu-in-use',
  'cpu-unknown',
  'just-woke',
]);
/** What the owner's "run now" overrides for one job: the idle delay and what stands in for it. Everything else holds. */
const WAIVED_BY_RUN_NOW: ReadonlySet<ReasonCode> = new Set([
  'owner-active',
  'input-unknown',
  'gamepad-active',
  'gamepad-unknown',
  'cpu-in-use',
  'cpu-unknown',
  'just-woke',
]);
/** While only these stand, a job may go on with the small share that the owner allows. */
const MAY_THROTTLE: ReadonlySet<ReasonCode> = new Set(['owner-active', 'gamepad-active', 'cpu-in-use']);

/** Shortest time between a freeze and the next run, ms: the owner's idle delay, at most a minute. Pure word and schedule edges aside. */
export const settleMs = (settings: Settings): number => Math.min(SETTLE_MS, settings['presence.idleDelayMs']);

/** Judges the signals at one moment. Call it again whenever one of them may have changed, and at least once a second. Pure. */
export function assess(memory: PolicyMemory, input: PolicyInput, now: Now): Assessment {
  const seen = new Map<ReasonCode, Seen>();
  const holding: Holding[] = [];
  const standing = standingReasons(input, now, (code) => memory.seen.has(code));
  for (const each of standing) {
    const before = memory.seen.get(each.code);
    // A cause that goes on began when it was first seen; what a sensor says of its last event comes later.
    const sinceMonotonicMs = Math.min(each.sinceMonotonicMs, before?.standing.sinceMonotonicMs ?? each.sinceMonotonicMs);
    const firstMonotonicMs = before?.firstMonotonicMs ?? now.monotonicMs;
    const untilMs =
      each.untilMs === null
        ? null
        : Math.max(each.untilMs, now.wallMs + earliestEnd(firstMonotonicMs, each.code, input.settings) - now.monotonicMs);
    seen.set(each.code, { standing: { ...each, sinceMonotonicMs }, firstMonotonicMs, lastMonotonicMs: now.monotonicMs });
    holding.push({ ...each, untilMs: untilMs === null ? null : Math.round(untilMs), sinceMonotonicMs, standsNow: true });
  }
  for (const [code, before] of memory.seen) {
    if (seen.has(code) || !isStillAsked(code, input.settings)) continue;
    const until = Math.max(
      before.lastMonotonicMs + holdMs(code, input.settings),
      earliestEnd(before.firstMonotonicMs, code, input.settings),
    );
    if (now.monotonicMs >= until) continue;
    seen.set(code, before);
    holding.push({ ...before.standing, untilMs: Math.round(now.wallMs + until - now.monotonicMs), standsNow: false });
  }
  return { memory: { seen }, holding };
}

/** How long a reason keeps work away after it was last seen. */
function holdMs(code: ReasonCode, settings: Settings): number {
  if (ENDS_AT_ONCE.has(code) || CARRIES_ITS_DELAY.has(code)) return 0;
  return SHOWS_OWNER.has(code) ? settings['presence.idleDelayMs'] : settleMs(settings);
}

const earliestEnd = (firstMonotonicMs: number, code: ReasonCode, settings: Settings): number =>
  ENDS_AT_ONCE.has(code) ? firstMonotonicMs : firstMonotonicMs + settleMs(settings);

/** All reasons why no new job may start now. Empty: it may. */
export function reasonsNotToStart(holding: readonly Holding[], input: PolicyInput): readonly Holding[] {
  return holding.filter((each) => !isWaived(each.code, input, input.mode.kind === 'run-now'));
}

/** All reasons why a running job may not go on in full. Empty: it may. Being offline is none: work goes on and is reported later. */
function reasonsNotToContinue(holding: readonly Holding[], input: PolicyInput, job: RunningJob): readonly Holding[] {
  return holding.filter((each) => !START_ONLY.has(each.code) && !isWaived(each.code, input, job.runNow));
}

const isWaived = (code: ReasonCode, { settings }: PolicyInput, runNow: boolean): boolean =>
  (settings['presence.dedicated'] && WAIVED_BY_DEDICATED.has(code)) || (runNow && WAIVED_BY_RUN_NOW.has(code));

/** What presence asks of one running job. */
export function verdictFor(holding: readonly Holding[], input: PolicyInput, job: RunningJob): Verdict {
  const reasons = reasonsNotToContinue(holding, input, job);
  const fault = input.devices.find(({ id }) => id === job.deviceId)?.fault ?? null;
  if (fault !== null) return { kind: 'evict', causes: [fault.reason.code], sinceMonotonicMs: fault.sinceMonotonicMs };
  if (reasons.length === 0) return { kind: 'run' };
  const evicting = reasons.filter((each) => each.evicts && each.standsNow);
  if (evicting.length > 0) return { kind: 'evict', ...causeOf(evicting) };
  const share = input.settings['limits.busyCpuShare'];
  if (share > 0 && job.deviceClass === 'cpu' && reasons.every((each) => MAY_THROTTLE.has(each.code)))
    return { kind: 'throttle', cpuShare: share, ...causeOf(reasons) };
  // A job that went on gently freezes for what came then, not for the key press of an hour ago.
  const newer = share > 0 ? reasons.filter((each) => !MAY_THROTTLE.has(each.code)) : [];
  return { kind: 'freeze', ...causeOf(newer.length > 0 ? newer : reasons) };
}

function causeOf(reasons: readonly Holding[]) {
  return {
    causes: reasons.map((each) => each.code),
    sinceMonotonicMs: Math.min(...reasons.map((each) => each.sinceMonotonicMs)),
  };
}

const SWITCHED_OFF: Reason = {
  code: 'device-off',
  detail: 'This device is switched off in Nightshift.',
  fix: 'Switch it on in the settings.',
  untilMs: null,
};

/** The presence slice: what the owner is told. `sinceMs` is kept by who keeps the slice. */
export function toPresence(
  holding: readonly Holding[],
  input: PolicyInput,
  running: RunningJob | null,
  opensAtMs: (wallMs: number) => number | null,
): Omit<Presence, 'sinceMs'> {
  const reasons = running ? reasonsNotToContinue(holding, input, running) : reasonsNotToStart(holding, input);
  return {
    decision: running ? verdictFor(holding, input, running).kind : reasons.length === 0 ? 'run' : 'freeze',
    reasons: reasons.map(toReason),
    devices: input.devices.map(({ id, fault }) => ({
      deviceId: id,
      reasons: [...(input.settings['devices.off'].includes(id) ? [SWITCHED_OFF] : []), ...(fault === null ? [] : [fault.reason])],
    })),
    mode: input.mode,
    nextEligibleAtMs: nextEligible(reasons, opensAtMs),
  };
}

const toReason = ({ code, detail, fix, untilMs }: Holding): Reason => ({ code, detail, fix, untilMs });

/** When the last reason ends, moved on to the next open hour. Null when a reason does not end by itself, and where there is none. */
function nextEligible(reasons: readonly Holding[], opensAtMs: (wallMs: number) => number | null): number | null {
  let atMs = 0;
  for (const { untilMs } of reasons) {
    if (untilMs === null) return null;
    atMs = Math.max(atMs, untilMs);
  }
  return reasons.length === 0 ? null : opensAtMs(atMs);
}
