import { isAbsolute, join } from 'node:path';
import type { Reading, Sensor, SensorContext, SignalValues } from '../../signals.ts';
import { connectWayland, type Global, type WaylandConnection } from './wayland-connection.ts';
import { openLasting, type Trouble } from './x11-lasting.ts';

/** What a compositor tells while we are connected to it. */
interface IdleWatch {
  /** It has a protocol that tells when the input pauses. */
  readonly isOffered: boolean;
  /** Undefined: the compositor has owed an answer for too long. */
  idleMs(): number | undefined;
  close(): void;
}

/** How a notification is asked for, in one of the two protocols. */
interface Notifier {
  readonly global: Global;
  readonly version: number;
  readonly opcode: number;
  readonly args: (id: number, seat: number) => readonly number[];
}

const SOURCE = 'Wayland';
/** "Resumed" comes only after "idled", so this bounds how exact the time is. */
const PAUSE_MS = 500;
const OVERDUE_MS = 2_000;

/** ext-idle-notify-v1.xml; the other one (idle.xml of plasma-wayland-protocols) has the same two events and its destructor in the same place. */
const GET_IDLE_NOTIFICATION = 1;
const GET_INPUT_IDLE_NOTIFICATION = 2;
const KDE_GET_IDLE_TIMEOUT = 0;
const DESTROY = 0;
const IDLED = 0;
const RESUMED = 1;

/**
 * Keyboard, mouse and touch of a Wayland session, where the compositor tells pauses of the input: KDE, sway and others of wlroots,
 * Hyprland, COSMIC, labwc, niri. Null: this is no Wayland session, or its compositor has none of the protocols (GNOME, see mutter-idle.ts).
 */
export async function openWaylandIdle(context: SensorContext): Promise<Sensor<'input'> | null> {
  const socketPath = waylandSocket(context.env);
  if (socketPath === null) return null;
  const link = openLasting((...rest) => openIdleWatch(context, socketPath, ...rest), context.monotonicMs, context.changed);
  await link.settled();
  const first = link.state();
  if (first.kind === 'open' && !first.link.isOffered) {
    link.close();
    return null;
  }
  return {
    signal: 'input',
    source: SOURCE,
    pace: 'calm',
    read(): Reading<SignalValues['input']> {
      const state = link.state();
      if (state.kind === 'broken') return { kind: 'unknown', source: SOURCE, detail: state.detail, fix: state.fix };
      const idleMs = state.link.isOffered ? state.link.idleMs() : undefined;
      if (idleMs !== undefined) return { kind: 'known', value: { idleMs }, source: SOURCE };
      return {
        kind: 'unknown',
        source: SOURCE,
        detail: state.link.isOffered
          ? 'The Wayland compositor has stopped answering.'
          : 'The Wayland compositor does not tell when the last input was.',
        fix: 'Log out of the desktop and in again.',
      };
    },
    close: link.close,
  };
}

/** Where the session's compositor listens, by the rules of wl_display_connect(3). */
export function waylandSocket(env: SensorContext['env']): string | null {
  const name = env.WAYLAND_DISPLAY || (env.XDG_SESSION_TYPE === 'wayland' ? 'wayland-0' : null);
  if (name === null) return null;
  if (isAbsolute(name)) return name;
  return env.XDG_RUNTIME_DIR ? join(env.XDG_RUNTIME_DIR, name) : null;
}

async function openIdleWatch(
  context: SensorContext,
  socketPath: string,
  lost: (trouble: Trouble) => void,
  closing: AbortSignal,
): Promise<IdleWatch> {
  let noteGlobals: (() => void) | null = null;
  const wayland = await connectWayland(socketPath, () => noteGlobals?.(), lost, closing);
  const notifier = chooseNotifier(wayland.globals());
  if (!notifier) return { isOffered: false, idleMs: () => undefined, close: wayland.close };
  const watch = watchSeats(context, wayland, notifier);
  noteGlobals = watch.noteGlobals;
  watch.noteGlobals();
  await wayland.sync(); // a compositor that refuses says so before it answers
  return { isOffered: true, idleMs: watch.idleMs, close: wayland.close };
}

/** The best protocol on offer. Version 2 tells the input itself; the others take a film that keeps the screen on for one. */
export function chooseNotifier(globals: readonly Global[]): Notifier | null {
  const ext = globals.find((each) => each.interfaceName === 'ext_idle_notifier_v1');
  if (ext) {
    const version = Math.min(2, ext.version);
    const opcode = version === 2 ? GET_INPUT_IDLE_NOTIFICATION : GET_IDLE_NOTIFICATION;
    return { global: ext, version, opcode, args: (id, seat) => [id, PAUSE_MS, seat] };
  }
  const kde = globals.find((each) => each.interfaceName === 'org_kde_kwin_idle');
  return kde ? { global: kde, version: 1, opcode: KDE_GET_IDLE_TIMEOUT, args: (id, seat) => [id, seat, PAUSE_MS] } : null;
}

function watchSeats(context: SensorContext, wayland: WaylandConnection, notifier: Notifier) {
  const manager = wayland.bind(notifier.global, notifier.version);
  /** By the seat's global name. A seat counts as in use until the compositor has said otherwise. */
  const seats = new Map<number, { readonly notification: number; isActive: boolean }>();
  let lastInputMs = context.monotonicMs();
  let owedSinceMs: number | null = null;

  function add(seat: Global): void {
    const bound = wayland.bind(seat, 1);
    const notification = wayland.create(
      manager,
      notifier.opcode,
      (id) => notifier.args(id, bound),
      (event) => {
        const known = seats.get(seat.name);
        if (!known) return;
        known.isActive = event === RESUMED;
        if (event === IDLED) lastInputMs = Math.max(lastInputMs, context.monotonicMs() - PAUSE_MS);
        if (event === RESUMED) context.changed();
      },
    );
    seats.set(seat.name, { notification, isActive: true });
  }

  async function knock(): Promise<void> {
    await wayland.sync();
    owedSinceMs = null;
  }

  return {
    noteGlobals(): void {
      const offered = wayland.globals().filter((each) => each.interfaceName === 'wl_seat');
      for (const seat of offered) if (!seats.has(seat.name)) add(seat);
      for (const [name, { notification, isActive }] of seats) {
        if (offered.some((each) => each.name === name)) continue;
        if (isActive) lastInputMs = context.monotonicMs();
        wayland.destroy(notification, DESTROY);
        seats.delete(name);
      }
    },
    idleMs(): number | undefined {
      const nowMs = context.monotonicMs();
      if (owedSinceMs === null) {
        owedSinceMs = nowMs;
        void knock();
      }
      if (nowMs - owedSinceMs > OVERDUE_MS) return undefined;
      return [...seats.values()].some((each) => each.isActive) ? 0 : nowMs - lastInputMs;
    },
  };
}
