import type { Sensor, SensorContext, SignalValues } from '../../signals.ts';
import { connectX } from './x11-connection.ts';
import { fillingWindow } from './x11-covering.ts';
import type { LocalDisplay } from './x11-display.ts';
import type { Trouble } from './x11-lasting.ts';
import { OVERDUE_MS, openX11Sensor, type Server } from './x11-sensor.ts';
import { openWindowScan } from './x11-windows.ts';
import { watchWindows } from './x11-wire.ts';
import { isXwayland } from './x11-xwayland.ts';

type Fullscreen = SignalValues['fullscreen'];

/** A window that turns full-screen without changing its size (it was maximised where there is no panel) sends no event. */
const LOOK_AGAIN_MS = 2_000;

/**
 * The window that fills a monitor of an X session, with or without a window manager, declared full-screen or just as large. The
 * server says when a top-level window has changed, and only then are the windows looked at. Null: this is no X session, or the
 * server belongs to a Wayland compositor and sees X programs only.
 */
export async function openX11Fullscreen(context: SensorContext): Promise<Sensor<'fullscreen'> | null> {
  return openX11Sensor(context, 'fullscreen', 'brisk', (...server) => openScreen(context, ...server));
}

async function openScreen(
  context: SensorContext,
  display: LocalDisplay,
  lost: (trouble: Trouble) => void,
  closing: AbortSignal,
): Promise<Server<Fullscreen>> {
  let isStale = true;
  const x = await connectX(
    context.env,
    display,
    () => {
      isStale = true;
    },
    lost,
    closing,
  );
  const underWayland = await isXwayland(x);
  x.tell(watchWindows(x.setup.root));
  const scan = await openWindowScan(x);
  let lookedMs = 0;
  let underWaySinceMs: number | null = null;
  let filledBy: Fullscreen = null;

  async function look(nowMs: number): Promise<void> {
    underWaySinceMs = nowMs;
    lookedMs = nowMs;
    isStale = false;
    const { monitors, topDown } = await scan.look();
    underWaySinceMs = null;
    const window = fillingWindow(topDown, monitors);
    const before = filledBy;
    filledBy = window && { program: window.program };
    if (before?.program !== filledBy?.program || (before === null) !== (filledBy === null)) context.changed();
  }
  await look(context.monotonicMs());

  return {
    isXwayland: underWayland,
    value() {
      const nowMs = context.monotonicMs();
      if (underWaySinceMs !== null) return nowMs - underWaySinceMs > OVERDUE_MS ? undefined : filledBy;
      if (isStale || nowMs - lookedMs > LOOK_AGAIN_MS) void look(nowMs);
      return filledBy;
    },
    close: x.close,
  };
}
