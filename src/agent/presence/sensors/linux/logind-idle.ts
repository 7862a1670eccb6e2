import type { Reading, Sensor, SensorContext } from '../../signals.ts';
import { openServiceSensor } from './dbus-sensor.ts';
import { isGraphical, isOfUser, LOGIND, LOGIND_FIX, type LogindSession, listSessions, SESSION_RULES } from './logind-sessions.ts';

const SOURCE = 'logind';

/** What the desktops say of their users: since when, on the context's clock, all are idle. */
export type Idle =
  | { readonly kind: 'idle'; readonly sinceMs: number }
  | { readonly kind: 'present' }
  | { readonly kind: 'never-said' }
  | { readonly kind: 'no-desktop' };

/**
 * The least idle of all desktops: one person who is here suffices. `now` is one moment on both clocks: CLOCK_MONOTONIC, which logind's
 * times are of, and the context's.
 */
export function idleOf(sessions: readonly LogindSession[], now: { readonly systemMs: number; readonly contextMs: number }): Idle {
  const desktops = sessions.filter((each) => isOfUser(each) && isGraphical(each) && each.active);
  if (desktops.length === 0) return { kind: 'no-desktop' };
  if (desktops.some((each) => !each.idle && each.idleSinceMs > 0)) return { kind: 'present' };
  if (desktops.some((each) => !each.idle)) return { kind: 'never-said' };
  return { kind: 'idle', sinceMs: now.contextMs - Math.max(0, now.systemMs - Math.max(...desktops.map((each) => each.idleSinceMs))) };
}

function readingOf(idle: Idle, nowMs: number): Reading<{ readonly idleMs: number }> {
  switch (idle.kind) {
    case 'idle':
      return { kind: 'known', value: { idleMs: Math.max(0, nowMs - idle.sinceMs) }, source: SOURCE };
    case 'present':
      return { kind: 'known', value: { idleMs: 0 }, source: SOURCE };
    case 'never-said':
      return {
        kind: 'unknown',
        source: SOURCE,
        detail: 'This desktop has not said since you logged in whether you are away. Some desktops never say it.',
        fix: 'Turn on the screen saver or automatic locking of your desktop: most desktops say it then.',
      };
    case 'no-desktop':
      return { kind: 'absent', source: SOURCE, detail: 'Nobody is logged in at a desktop.' };
  }
}

/**
 * Idleness by the desktops' own hint. Coarse: a desktop sets it minutes after the last input, as its screen saver would start, and counts from
 * then. For use where no sensor sees the input itself. Null where logind does not run.
 */
export function openLogindIdle(context: SensorContext): Promise<Sensor<'input'> | null> {
  return openServiceSensor(context, {
    bus: 'system',
    name: LOGIND,
    signal: 'input',
    source: SOURCE,
    fix: LOGIND_FIX,
    rules: SESSION_RULES,
    load: async (service) =>
      idleOf(await listSessions(service), {
        systemMs: Number(process.hrtime.bigint() / 1_000_000n), // CLOCK_MONOTONIC on Linux (libuv, uv_hrtime)
        contextMs: context.monotonicMs(),
      }),
    reading: (idle) => readingOf(idle, context.monotonicMs()),
  });
}
