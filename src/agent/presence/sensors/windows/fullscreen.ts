import type { Reading, Sensor, SensorContext } from '../../signals.ts';
import { nativeSensor } from '../native-sensor.ts';
import type { Process } from './kernel32.ts';
import type { Shell32 } from './shell32.ts';
import type { ForegroundWindow, Rect, User32 } from './user32.ts';

export interface FullscreenApi extends Pick<User32, 'foregroundWindow'>, Shell32 {
  processes(): readonly Process[];
  /** Process ids of Nightshift itself, whose window may fill the screen. */
  ownPids(): ReadonlySet<number>;
}

const SOURCE = 'foreground window';
/** QUERY_USER_NOTIFICATION_STATE (shellapi.h) under which something fills the screen: BUSY, RUNNING_D3D_FULL_SCREEN, PRESENTATION_MODE. */
const FILLED: ReadonlySet<number> = new Set([2, 3, 4]);
/** Desktop (#32769 is its own class, see "About Window Classes") and task bars: they may be as large as the monitor and have the foreground while the owner is away. */
const SHELL_CLASSES: ReadonlySet<string> = new Set(['#32769', 'Progman', 'WorkerW', 'Shell_TrayWnd', 'Shell_SecondaryTrayWnd']);
/** Under a scaled display Windows rounds the rectangles that it tells a program that is not aware of it. */
const ROUNDING_PX = 2;

/**
 * What SHQueryUserNotificationState misses, borderless games and a browser's film, is a foreground window as large as its monitor. A film
 * on a second monitor, while another window has the foreground, is left to the inhibitor sensor.
 */
export async function openWindowsFullscreen(_context: SensorContext, api: FullscreenApi): Promise<Sensor<'fullscreen'>> {
  function known(program: string | null): Reading<{ readonly program: string | null }> {
    return { kind: 'known', value: { program }, source: SOURCE };
  }
  return nativeSensor({
    signal: 'fullscreen',
    source: SOURCE,
    pace: 'brisk',
    fix: 'Sign out and in again.',
    read() {
      const window = api.foregroundWindow();
      const ours = window !== null && api.ownPids().has(window.pid);
      if (window !== null && !ours && fillsMonitor(window)) return known(nameOf(window.pid));
      if (!ours && FILLED.has(api.userNotificationState())) return known(null);
      return { kind: 'known', value: null, source: SOURCE };
    },
  });

  function nameOf(pid: number): string | null {
    return api.processes().find((each) => each.pid === pid)?.name ?? null;
  }
}

/** A maximised window under a task bar that hides itself reaches beyond the monitor, but has a title bar. */
function fillsMonitor(window: ForegroundWindow): boolean {
  if (SHELL_CLASSES.has(window.className)) return false;
  const { rect, monitor } = window;
  if (edges(rect, monitor).every((apart) => Math.abs(apart) <= ROUNDING_PX)) return true;
  return !window.caption && edges(rect, monitor).every((apart) => apart >= -ROUNDING_PX);
}

/** How far the window reaches beyond the monitor at each edge. */
function edges(rect: Rect, monitor: Rect): readonly number[] {
  return [monitor.left - rect.left, monitor.top - rect.top, rect.right - monitor.right, rect.bottom - monitor.bottom];
}
