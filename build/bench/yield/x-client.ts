import koffi from 'koffi';

/** One connection to an X server, able to do what an owner does at a keyboard, a mouse and a screen. */
export interface XClient {
  /** Asks the server for a key press by XTest; `releaseKey` has to follow. */
  pressKey(): void;
  releaseKey(): void;
  /** Asks the server to move the pointer by some pixels. */
  movePointer(): void;
  /** Makes a window that wants the whole screen; it is not shown yet. */
  createFullscreenWindow(): XWindow;
}

export interface XWindow {
  /** Asks for the window to be shown. */
  map(): void;
  destroy(): void;
}

// X.h and Xatom.h
const PROP_MODE_REPLACE = 0;
const XA_ATOM = 4n;
/** A key that types a letter: keysymdef.h, XK_a. */
const XK_A = 0x61;
const STEP_PIXELS = 7;

/** Opens a display such as `:7`. Throws where Debian's libx11-6 or libxtst6 is missing or the server does not answer. */
export function openXClient(displayName: string): XClient {
  const x11 = koffi.load('libX11.so.6');
  const xtst = koffi.load('libXtst.so.6');
  const flush = x11.func('int XFlush(void *display)');
  const fakeKey = xtst.func('int XTestFakeKeyEvent(void *display, uint keycode, int isPress, ulong delayMs)');
  const fakeMotion = xtst.func('int XTestFakeRelativeMotionEvent(void *display, int x, int y, ulong delayMs)');
  const intern = x11.func('ulong XInternAtom(void *display, const char *name, int onlyIfExists)');
  const createWindow = x11.func(
    'ulong XCreateSimpleWindow(void *display, ulong parent, int x, int y, uint width, uint height, uint border, ulong borderColour, ulong background)',
  );
  const changeProperty = x11.func(
    'int XChangeProperty(void *display, ulong window, ulong property, ulong type, int format, int mode, const ulong *data, int count)',
  );
  const mapRaised = x11.func('int XMapRaised(void *display, ulong window)');
  const destroyWindow = x11.func('int XDestroyWindow(void *display, ulong window)');

  const display: unknown = x11.func('void *XOpenDisplay(const char *name)')(displayName);
  if (!display) throw new Error(`the X server ${displayName} cannot be reached`);
  const screen: unknown = x11.func('int XDefaultScreen(void *display)')(display);
  const root: unknown = x11.func('ulong XDefaultRootWindow(void *display)')(display);
  const width: unknown = x11.func('int XDisplayWidth(void *display, int screen)')(display, screen);
  const height: unknown = x11.func('int XDisplayHeight(void *display, int screen)')(display, screen);
  const keycode: unknown = x11.func('uint8_t XKeysymToKeycode(void *display, ulong keysym)')(display, XK_A);
  let direction = 1;

  const key = (isPress: number): void => {
    fakeKey(display, keycode, isPress, 0);
    flush(display);
  };
  return {
    pressKey: () => key(1),
    releaseKey: () => key(0),
    movePointer() {
      direction = -direction; // to and fro, else the pointer ends at the border, where a move is none
      fakeMotion(display, direction * STEP_PIXELS, direction * STEP_PIXELS, 0);
      flush(display);
    },
    createFullscreenWindow() {
      const window: unknown = createWindow(display, root, 0, 0, width, height, 0, 0, 0);
      // Extended Window Manager Hints: set before the window is shown, it asks the window manager to open it over the whole screen.
      const fullscreen = BigInt(intern(display, '_NET_WM_STATE_FULLSCREEN', 0));
      changeProperty(display, window, intern(display, '_NET_WM_STATE', 0), XA_ATOM, 32, PROP_MODE_REPLACE, [fullscreen], 1);
      flush(display);
      return {
        map() {
          mapRaised(display, window);
          flush(display);
        },
        destroy() {
          destroyWindow(display, window);
          flush(display);
        },
      };
    },
  };
}
