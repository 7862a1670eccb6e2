import { DBusError } from '@jellybrick/dbus-next';
import { z } from 'zod';
import { NO_SUCH, PROPERTIES, type Service, type SignalRule } from './dbus-service.ts';

/** systemd-logind and elogind: org.freedesktop.login1(5). */
export const LOGIND = 'org.freedesktop.login1';
export const LOGIND_PATH = '/org/freedesktop/login1';
export const LOGIND_MANAGER = `${LOGIND}.Manager`;
export const LOGIND_FIX = 'Start it again: sudo systemctl restart systemd-logind';
const SESSION = `${LOGIND}.Session`;

/** Sessions come, go, and change: locked, idle, in front. */
export const SESSION_RULES: readonly SignalRule[] = [
  { path: LOGIND_PATH, interface: LOGIND_MANAGER, member: 'SessionNew' },
  { path: LOGIND_PATH, interface: LOGIND_MANAGER, member: 'SessionRemoved' },
  { path: `${LOGIND_PATH}/session`, below: true, interface: PROPERTIES, member: 'PropertiesChanged', arg0: SESSION },
];

const rowsSchema = z.array(z.tuple([z.string(), z.number(), z.string(), z.string(), z.string()]));
const sessionSchema = z
  .object({
    Class: z.string(),
    Type: z.string(),
    State: z.string(),
    Active: z.boolean(),
    Remote: z.boolean(),
    TTY: z.string(),
    LockedHint: z.boolean().default(false), // since systemd 230
    IdleHint: z.boolean(),
    IdleSinceHintMonotonic: z.bigint(),
  })
  .transform((each) => ({
    className: each.Class,
    type: each.Type,
    closing: each.State === 'closing',
    active: each.Active,
    remote: each.Remote,
    tty: each.TTY,
    locked: each.LockedHint,
    idle: each.IdleHint,
    /** Clock CLOCK_MONOTONIC; 0: the hint was never set. */
    idleSinceMs: Number(each.IdleSinceHintMonotonic / 1000n),
  }));

export interface LogindSession extends z.infer<typeof sessionSchema> {
  readonly uid: number;
  /** '' where it has none: a login from elsewhere, a virtual desktop. */
  readonly seat: string;
}

/** All sessions that are not ending. */
export async function listSessions(service: Service): Promise<readonly LogindSession[]> {
  const rows = rowsSchema.parse((await service.call(LOGIND_PATH, LOGIND_MANAGER, 'ListSessions'))[0]);
  const found = await Promise.all(
    rows.map(async ([, uid, , seat, path]): Promise<LogindSession | null> => {
      try {
        return { uid, seat, ...sessionSchema.parse(await service.properties(path, SESSION)) };
      } catch (error) {
        if (error instanceof DBusError && (NO_SUCH.has(error.type) || error.type === `${LOGIND}.NoSuchSession`)) return null; // ended meanwhile
        throw error;
      }
    }),
  );
  return found.filter((each) => each !== null).filter((each) => !each.closing);
}

/** In front of a person: shown on a seat's screen now. Sessions without a seat always call themselves active. */
export function isInFront(session: LogindSession): boolean {
  return session.seat !== '' && session.active;
}

/** `user`, and since systemd 256 `user-early` and `user-light`; not greeters, lock screens, managers, background jobs. */
export function isOfUser(session: LogindSession): boolean {
  return session.className === 'user' || session.className.startsWith('user-');
}

export function isGraphical(session: LogindSession): boolean {
  return session.type === 'x11' || session.type === 'wayland' || session.type === 'mir';
}
