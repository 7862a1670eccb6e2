import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WakeState, WakeTimer } from './sleep.ts';

const RTC = 'sys/class/rtc/rtc0';
/** Less than this before the moment no alarm is set: it would pass while it is written. */
const LEAST_AHEAD_S = 5;

/**
 * The RTC's wake alarm (kernel, Documentation/ABI/testing/sysfs-class-rtc). Its clock may run on local time where Windows is installed beside,
 * so times are counted from its own `since_epoch`, not taken as the wall clock's.
 */
export function openWakeTimer(deps: { readonly root: string; readonly nowMs: () => number }): WakeTimer {
  const alarmPath = join(deps.root, RTC, 'wakealarm');
  const clockPath = join(deps.root, RTC, 'since_epoch');
  /** What we have set, on the RTC's clock. */
  let ours: number | null = null;
  /** A later alarm of another program that ours stands before. */
  let displaced: number | null = null;

  const read = (path: string): number => Number(readFileSync(path, 'utf8').trim() || 0);
  /** The kernel refuses to move an alarm that is set (EBUSY): it is cleared first. */
  const write = (seconds: number): void => {
    writeFileSync(alarmPath, '0\n');
    if (seconds > 0) writeFileSync(alarmPath, `${seconds}\n`);
    const found = read(alarmPath);
    if (found !== seconds) throw new Error('The clock did not take the wake time.');
  };
  /** Takes ours back. An alarm that is ours no more, because it went off or another program has set its own, stays as it is. */
  const retract = (rtcNow: number): void => {
    const found = read(alarmPath);
    if (ours !== null && (found === ours || found === 0)) {
      const back = displaced !== null && displaced > rtcNow ? displaced : 0;
      if (found !== back) write(back);
    }
    ours = null;
    displaced = null;
  };
  const attempt = (act: (rtcNow: number) => WakeState): WakeState => {
    try {
      return act(read(clockPath));
    } catch (error) {
      return unavailable(error);
    }
  };

  return {
    set: (atMs) =>
      attempt((rtcNow) => {
        const wanted = rtcNow + Math.round((atMs - deps.nowMs()) / 1_000);
        retract(rtcNow);
        if (wanted < rtcNow + LEAST_AHEAD_S) return { kind: 'none' };
        const found = read(alarmPath);
        if (found > rtcNow && found < wanted) return { kind: 'earlier-alarm', atMs: deps.nowMs() + (found - rtcNow) * 1_000 };
        if (found > rtcNow) displaced = found;
        try {
          write(wanted);
        } catch (error) {
          if (displaced !== null) write(displaced);
          throw error;
        }
        ours = wanted;
        return { kind: 'set', atMs };
      }),
    cancel: () =>
      attempt((rtcNow) => {
        retract(rtcNow);
        return { kind: 'none' };
      }),
  };
}

function unavailable(error: unknown): WakeState {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOENT') return { kind: 'unavailable', detail: 'This machine has no clock that can wake it.', fix: null };
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return {
      kind: 'unavailable',
      detail: 'Only an administrator may set the time at which this machine wakes.',
      fix: 'Install Nightshift as a system service, or leave the machine on for its schedule.',
    };
  return {
    kind: 'unavailable',
    detail: `The wake time could not be set: ${error instanceof Error ? error.message : String(error)}`,
    fix: 'Turn on waking by the clock (RTC alarm) in the BIOS setup.',
  };
}
