import type { Rectangle } from './x11-wire.ts';

/** A visible top-level window as its program sees it, without the frame of a window manager. */
export interface ShownWindow {
  readonly place: Rectangle;
  readonly kind: 'program' | 'desktop' | 'panel';
  /** EWMH: _NET_WM_STATE_FULLSCREEN. */
  readonly isFullscreen: boolean;
  /** EWMH: maximised both ways. */
  readonly isMaximised: boolean;
  /** Shown past the window manager, as menus, lockers and some games are. */
  readonly overrideRedirect: boolean;
  /** WM_CLASS. */
  readonly program: string | null;
}

/** Borderless games may be a pixel short, so that the system does not take them for full-screen ones. */
const SLACK_PX = 2;

/**
 * Covers that hide the screen rather than fill it, by WM_CLASS: whether the session is locked is another signal's, and an owner who
 * locks the screen to leave is the very case in which jobs may run. Wallpapers by xwinwrap and conky are there all the time.
 */
const COVERS = new Set([
  'xscreensaver',
  'i3lock',
  'xsecurelock',
  'light-locker',
  'gnome-screensaver',
  'mate-screensaver',
  'cinnamon-screensaver',
  'xfce4-screensaver',
  'kscreenlocker_greet',
  'xwinwrap',
  'conky',
]);

/** Whether a window of this place hides the whole of a monitor. */
export function covers(place: Rectangle, monitor: Rectangle): boolean {
  return (
    place.x <= monitor.x + SLACK_PX &&
    place.y <= monitor.y + SLACK_PX &&
    place.x + place.width >= monitor.x + monitor.width - SLACK_PX &&
    place.y + place.height >= monitor.y + monitor.height - SLACK_PX
  );
}

/**
 * The window that fills a monitor as a film, a game or a presentation does; null: none does. It counts whether or not it has the
 * keyboard: a film on the second screen is watched while somebody types on the first.
 * @param topDown the top-most window first
 */
export function fillingWindow(topDown: readonly ShownWindow[], monitors: readonly Rectangle[]): ShownWindow | null {
  for (const monitor of monitors) {
    const top = topDown.find((each) => each.kind !== 'panel' && !isHelper(each) && covers(each.place, monitor));
    if (top && fills(top)) return top;
  }
  return null;
}

/** A nameless window past the window manager is no program's own: so look the server's blank screen, the overlay of a compositor, dimmers and slock. */
const isHelper = (window: ShownWindow): boolean => window.overrideRedirect && window.program === null;

function fills(window: ShownWindow): boolean {
  if (window.kind === 'desktop' || COVERS.has(window.program?.toLowerCase() ?? '')) return false;
  // Where there is no panel, a maximised window covers the screen too: work, not a film.
  return window.isFullscreen || !window.isMaximised;
}
