import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { SensorContext } from '../../signals.ts';

type Env = SensorContext['env'];

/** A display of this machine. */
export interface LocalDisplay {
  readonly number: string;
  readonly socketPath: string;
}

/** Xauth.h of libXau. */
const FAMILY_LOCAL = 256;
const FAMILY_WILD = 65_535;

/** In a Wayland session the X server (XWayland) sees only what X programs are given. */
export const isWaylandSession = (env: Env): boolean => Boolean(env.WAYLAND_DISPLAY) || env.XDG_SESSION_TYPE === 'wayland';

/** The display of an X session on this machine; null in a Wayland session, without a display, or when the display is another machine's. */
export function localDisplay(env: Env): LocalDisplay | null {
  if (isWaylandSession(env)) return null;
  const number = /^(?:unix)?:(\d+)(?:\.\d+)?$/.exec(env.DISPLAY ?? '')?.[1];
  return number === undefined ? null : { number, socketPath: `/tmp/.X11-unix/X${number}` };
}

/** The cookie that lets this user in; null: none is kept for this display, and the server may let the user in by name. */
export async function readCookie(env: Env, display: LocalDisplay): Promise<Buffer | null> {
  const path = env.XAUTHORITY ?? (env.HOME === undefined ? undefined : join(env.HOME, '.Xauthority'));
  if (path === undefined) return null;
  try {
    return cookieFor(await readFile(path), display.number, hostname());
  } catch {
    return null; // no such file, or none that we may read: the server says whether it needs a cookie
  }
}

/** Finds a display's cookie in the contents of an Xauthority file (Xau(3)). One kept under this host's name comes before others. */
export function cookieFor(file: Buffer, displayNumber: string, host: string): Buffer | null {
  let at = 0;
  let best: { readonly rank: number; readonly cookie: Buffer } | null = null;
  const field = (): Buffer => {
    const end = at + 2 + file.readUInt16BE(at);
    const value = file.subarray(at + 2, end);
    at = end;
    return value;
  };
  while (at + 2 <= file.length) {
    const family = file.readUInt16BE(at);
    at += 2;
    const address = field().toString('latin1');
    const number = field().toString('latin1');
    const scheme = field().toString('latin1');
    const cookie = field();
    if (scheme !== 'MIT-MAGIC-COOKIE-1' || (number !== '' && number !== displayNumber)) continue;
    if (family !== FAMILY_LOCAL && family !== FAMILY_WILD) continue;
    // A machine may have been renamed since the cookie was written: one under another name is still worth trying.
    const rank = family === FAMILY_LOCAL && address === host ? 2 : family === FAMILY_WILD ? 1 : 0;
    if (best === null || rank > best.rank) best = { rank, cookie };
  }
  return best?.cookie ?? null;
}
