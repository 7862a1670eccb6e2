import { readFileSync } from 'node:fs';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/log.ts';
import type { Clocks, StayAwake, WakeTimer } from './sleep.ts';
import { openStayAwake } from './stay-awake.ts';
import { openWakeTimer } from './wake-timer.ts';
import { compare, parseUptimeMs } from './woke.ts';

/** What is wanted of the machine's sleep now. */
export interface SleepWish {
  readonly awake: boolean;
  /** When the schedule opens, wall clock; null: no waking is wanted. */
  readonly wakeAtMs: number | null;
}

/** Keeps the machine awake while it earns, wakes it for the schedule, and notices when it slept. */
export interface SleepKeeper extends AsyncDisposable {
  /** Compares the clocks; to be called every second or two. */
  look(): void;
  want(wish: SleepWish): void;
  /** When the machine last woke, monotonic; null: not since the agent began, or it was woken for the schedule. */
  wokeAtMonotonicMs(): number | null;
}

export interface SleepKeeperDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The machine has just slept. */
  readonly woke: () => void;
  readonly stayAwake?: StayAwake;
  readonly wakeTimer?: WakeTimer;
}

/** The machine takes seconds to come up; whoever opens a lid just then finds work standing still a moment later, by the key press. */
const OUR_ALARM_MS = 120_000;
/** Looks are two seconds apart: a machine that let so many go by slept, or hung. */
const UNLOOKED_MS = 30_000;
const ASK_AGAIN_MS = 60_000;

export async function openSleepKeeper(deps: SleepKeeperDeps): Promise<SleepKeeper> {
  const { clock, logger } = deps;
  const { stayAwake, wakeTimer } = await controlsOf(deps);
  let before = clocksNow(clock);
  let wokeAtMonotonicMs: number | null = null;
  let held = false;
  let askedMs = Number.NEGATIVE_INFINITY;
  let alarmAtMs: number | null = null;

  function look(): void {
    const now = clocksNow(clock);
    const { suspendedMs } = compare(before, now);
    const hasPaused = now.monotonicMs - before.monotonicMs > UNLOOKED_MS;
    before = now;
    if (suspendedMs === 0 && !hasPaused) return;
    const forSchedule = alarmAtMs !== null && now.wallMs >= alarmAtMs && now.wallMs - alarmAtMs < OUR_ALARM_MS;
    wokeAtMonotonicMs = forSchedule ? null : now.monotonicMs;
    logger.info({ suspendedMs, forSchedule }, 'the machine slept');
    deps.woke();
  }
  return {
    look,
    want(wish) {
      const isRefused = held && stayAwake.state().kind === 'cannot-hold' && clock.monotonicMs() - askedMs > ASK_AGAIN_MS;
      if (wish.awake !== held || (isRefused && wish.awake)) {
        held = wish.awake;
        askedMs = clock.monotonicMs();
        void (held ? stayAwake.hold('A job is running') : stayAwake.release()).then((state) => {
          if (state.kind === 'cannot-hold') logger.warn({ state }, 'the machine cannot be kept awake');
        });
      }
      if (wish.wakeAtMs !== alarmAtMs) {
        alarmAtMs = wish.wakeAtMs;
        const state = alarmAtMs === null ? wakeTimer.cancel() : wakeTimer.set(alarmAtMs);
        if (state.kind === 'unavailable') logger.warn({ state }, 'the machine cannot be woken for the schedule');
      }
    },
    wokeAtMonotonicMs: () => wokeAtMonotonicMs,
    async [Symbol.asyncDispose]() {
      // The alarm stays: waking for the schedule is of use to the next agent too.
      await stayAwake.release();
    },
  };
}

async function controlsOf(deps: SleepKeeperDeps): Promise<{ readonly stayAwake: StayAwake; readonly wakeTimer: WakeTimer }> {
  const system = await systemControls(deps);
  return { stayAwake: deps.stayAwake ?? system.stayAwake, wakeTimer: deps.wakeTimer ?? system.wakeTimer };
}

/** Nothing of another platform is loaded. */
async function systemControls({ clock }: SleepKeeperDeps): Promise<{ readonly stayAwake: StayAwake; readonly wakeTimer: WakeTimer }> {
  switch (process.platform) {
    case 'win32': {
      const [{ loadKernel32 }, { createWindowsStayAwake }, { createWindowsWakeTimer }] = await Promise.all([
        import('../sensors/windows/kernel32.ts'),
        import('../sensors/windows/stay-awake.ts'),
        import('../sensors/windows/wake-timer.ts'),
      ]);
      const kernel32 = loadKernel32();
      return { stayAwake: createWindowsStayAwake(kernel32), wakeTimer: createWindowsWakeTimer(kernel32) };
    }
    case 'darwin': {
      const [{ loadCoreFoundation }, { loadIoKit }, { createMacStayAwake }, { createMacWakeTimer }] = await Promise.all([
        import('../sensors/macos/core-foundation.ts'),
        import('../sensors/macos/iokit.ts'),
        import('../sensors/macos/stay-awake.ts'),
        import('../sensors/macos/wake-timer.ts'),
      ]);
      const ioKit = loadIoKit(loadCoreFoundation());
      return { stayAwake: createMacStayAwake(ioKit), wakeTimer: createMacWakeTimer(ioKit) };
    }
    default:
      return { stayAwake: openStayAwake(process.env), wakeTimer: openWakeTimer({ root: '/', nowMs: clock.nowMs }) };
  }
}

/**
 * Linux tells how long it has been up, sleep included. Elsewhere the wall clock stands in, and a jump forward is taken for sleep; on
 * Windows, whose monotonic clock runs through sleep, a pause between two looks is.
 */
function clocksNow(clock: Clock): Clocks {
  const wallMs = clock.nowMs();
  return { wallMs, monotonicMs: clock.monotonicMs(), bootMs: process.platform === 'linux' ? (uptimeMs() ?? wallMs) : wallMs };
}

function uptimeMs(): number | null {
  try {
    return parseUptimeMs(readFileSync('/proc/uptime', 'utf8'));
  } catch {
    return null; // no file can be opened now: the wall clock stands in
  }
}
