import type { Sensor, SensorContext } from '../../signals.ts';
import { nativeSensor } from '../native-sensor.ts';
import type { Bounds, CoreGraphics, MacWindow } from './core-graphics.ts';

export interface FullscreenApi extends Pick<CoreGraphics, 'windows' | 'displays'> {
  ownPids(): ReadonlySet<number>;
}

const SOURCE = 'window list';
/** CGWindowLevel.h: windows of programs; the menu bar; what a game that captures the display puts in front (kCGMaximumWindowLevel - 19). */
const NORMAL_LAYER = 0;
const MENU_BAR_LAYER = 24;
const SHIELDING_LAYER = 2_147_483_628;
const LAYERS: ReadonlySet<number> = new Set([NORMAL_LAYER, MENU_BAR_LAYER, SHIELDING_LAYER]);
/** Owners of windows that are as large as a display without being a program of the owner's. */
const SYSTEM_OWNERS: ReadonlySet<string | null> = new Set(['Window Server', 'loginwindow', 'Dock', 'WindowManager', 'Wallpaper']);
/** Beside a camera in the screen a full screen begins below it: at most so far down, points. */
const CAMERA_HEIGHT = 40;

/** Names and bounds of windows are told without the permission to record the screen; titles, which are not, are not asked for. */
export async function openMacFullscreen(_context: SensorContext, api: FullscreenApi): Promise<Sensor<'fullscreen'>> {
  return nativeSensor({
    signal: 'fullscreen',
    source: SOURCE,
    pace: 'brisk',
    fix: 'Start Nightshift from your own desktop session.',
    read() {
      const windows = api.windows(LAYERS);
      const displays = api.displays();
      const own = api.ownPids();
      const menuBars = windows.filter((window) => window.layer === MENU_BAR_LAYER);
      const filling = windows.find(
        (window) =>
          window.layer !== MENU_BAR_LAYER &&
          !SYSTEM_OWNERS.has(window.owner) &&
          !own.has(window.pid) &&
          displays.some((display) => fills(window, display, menuBars)),
      );
      return { kind: 'known', value: filling ? { program: filling.owner } : null, source: SOURCE };
    },
  });
}

/** Beside the camera a full screen looks like a large window below the menu bar, but has no menu bar above it. */
function fills(window: MacWindow, display: Bounds, menuBars: readonly MacWindow[]): boolean {
  const { x, y, width, height } = window.bounds;
  const sides = x <= display.x && x + width >= display.x + display.width;
  const bottom = y + height >= display.y + display.height;
  if (!sides || !bottom) return false;
  return (
    y <= display.y || (y <= display.y + CAMERA_HEIGHT && !menuBars.some(({ bounds }) => bounds.x === display.x && bounds.y === display.y))
  );
}
