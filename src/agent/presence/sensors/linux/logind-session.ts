import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Sensor, SensorContext, SignalValues } from '../../signals.ts';
import { openServiceSensor } from './dbus-sensor.ts';
import {
  isGraphical,
  isInFront,
  isOfUser,
  LOGIND,
  LOGIND_FIX,
  type LogindSession,
  listSessions,
  SESSION_RULES,
} from './logind-sessions.ts';

/** The highest number of a system account: systemd's SYSTEM_UID_MAX, and login.defs(5). */
const LAST_SYSTEM_UID = 999;
const SOURCE = 'logind';

export interface Seen {
  /** The person whose desktop is looked at; null: whoever sits at the machine. */
  readonly uid: number | null;
  /** Whether logind can tell which SSH sessions have a terminal: it takes that from utmp. */
  readonly knowsTerminals: boolean;
}

/**
 * What the sessions of all users say about the machine.
 * Locked: every screen shows a lock or a greeter. Remote: somebody is connected from elsewhere, whoever it is; copying files over SSH needs
 * no terminal and is nobody's presence. Other user: a screen shows the desktop of another person than the one the agent runs for.
 * What logind cannot know: a desktop that is mirrored (VNC server, screen sharing, game streaming) is the same local session as before.
 */
export function sessionOf(sessions: readonly LogindSession[], { uid, knowsTerminals }: Seen): SignalValues['session'] {
  const front = sessions.filter(isInFront);
  return {
    locked: front.length > 0 && front.every((each) => each.locked || !isOfUser(each)),
    remote: sessions.some((each) => isOfUser(each) && isRemote(each, knowsTerminals)),
    otherUser: uid !== null && front.some((each) => isOfUser(each) && each.uid !== uid),
  };
}

function isRemote(session: LogindSession, knowsTerminals: boolean): boolean {
  if (isGraphical(session)) return session.remote || session.seat === ''; // xrdp, a VNC desktop of its own: no seat, not always marked remote
  return session.remote && (session.tty !== '' || !knowsTerminals);
}

/** utmp gets the terminal a moment after the session is announced, and logind sends no signal for it (`TTY` is a constant property). */
const TERMINAL_AFTER_MS = 3_000;

/** Locks, remote logins and user switches by logind. Null where it does not run. */
export async function openLogindSession(context: SensorContext): Promise<Sensor<'session'> | null> {
  const account = process.getuid?.() ?? 0;
  let uid = account > LAST_SYSTEM_UID ? account : null;
  // A system account that looks at one desktop looks at that of the first person it meets there; without a desktop it looks at all sessions.
  const looksAtOne = Boolean(context.env.DISPLAY || context.env.WAYLAND_DISPLAY);
  const knowsTerminals = ['run/utmp', 'var/run/utmp'].some((path) => existsSync(join(context.root, path)));
  return openServiceSensor(context, {
    bus: 'system',
    name: LOGIND,
    signal: 'session',
    source: SOURCE,
    fix: LOGIND_FIX,
    rules: SESSION_RULES,
    async load(service) {
      const sessions = await listSessions(service);
      if (looksAtOne) uid ??= sessions.find((each) => isInFront(each) && isOfUser(each))?.uid ?? null;
      return sessionOf(sessions, { uid, knowsTerminals });
    },
    recheckMs: (signal) => (signal.member === 'SessionNew' && knowsTerminals ? TERMINAL_AFTER_MS : null),
    reading: (value) => ({ kind: 'known', value, source: SOURCE }),
  });
}
