import { extensionOpcode, type XConnection } from './x11-connection.ts';
import { covers, type ShownWindow } from './x11-covering.ts';
import {
  atomsOf,
  classOf,
  getAttributes,
  getGeometry,
  getMonitors,
  getProperty,
  internAtom,
  parseAtom,
  parseAttributes,
  parseChildren,
  parseGeometry,
  parseMonitors,
  parseOrigin,
  parseProperty,
  queryTree,
  type Rectangle,
  randrVersion,
  translateOrigin,
  type XProperty,
} from './x11-wire.ts';

/** Looks at what is on the screen. */
export interface WindowScan {
  /** Monitors, and the visible windows whose frame covers one of them, the top-most first. */
  look(): Promise<{ readonly monitors: readonly Rectangle[]; readonly topDown: readonly ShownWindow[] }>;
}

/** Predefined in the X protocol, appendix B. */
const WM_CLASS = 67;
const ATOMS = [
  'WM_STATE',
  '_NET_WM_STATE',
  '_NET_WM_STATE_FULLSCREEN',
  '_NET_WM_STATE_MAXIMIZED_VERT',
  '_NET_WM_STATE_MAXIMIZED_HORZ',
  '_NET_WM_WINDOW_TYPE',
  '_NET_WM_WINDOW_TYPE_DESKTOP',
  '_NET_WM_WINDOW_TYPE_DOCK',
] as const;
/** KWin puts a program's window two levels below the top: frame, wrapper, window. */
const FRAME_DEPTH = 2;

export async function openWindowScan(x: XConnection): Promise<WindowScan> {
  const { root, screen } = x.setup;
  const randr = await extensionOpcode(x, 'RANDR');
  if (randr !== null) await x.ask(randrVersion(randr));
  const ids = await Promise.all(ATOMS.map((name) => x.ask(internAtom(name))));
  const atoms = new Map(ATOMS.map((name, index) => [name, atomIn(ids[index])]));
  const atom = (name: (typeof ATOMS)[number]): number => atoms.get(name) ?? 0;

  const property = async (window: number, name: number): Promise<XProperty | null> => {
    const reply = await x.ask(getProperty(window, name));
    return reply && parseProperty(reply);
  };
  const children = async (window: number): Promise<readonly number[]> => {
    const reply = await x.ask(queryTree(window));
    return reply ? parseChildren(reply) : [];
  };

  /** The program's window inside a window manager's frame: ICCCM 4.1.3.1, the manager marks it with WM_STATE. */
  async function managed(window: number, depth: number): Promise<number | null> {
    if ((await property(window, atom('WM_STATE'))) !== null) return window;
    if (depth === 0) return null;
    for (const child of await children(window)) {
      const found = await managed(child, depth - 1);
      if (found !== null) return found;
    }
    return null;
  }

  async function shownWindow(topLevel: number, overrideRedirect: boolean): Promise<ShownWindow | null> {
    const inFrame = await managed(topLevel, FRAME_DEPTH);
    const window = inFrame ?? topLevel;
    const [attributes, geometry, origin, wmClass, state, type] = await Promise.all([
      x.ask(getAttributes(window)),
      x.ask(getGeometry(window)),
      x.ask(translateOrigin(window, root)),
      property(window, WM_CLASS),
      property(window, atom('_NET_WM_STATE')),
      property(window, atom('_NET_WM_WINDOW_TYPE')),
    ]);
    if (!attributes || !geometry || !origin || !parseAttributes(attributes).isShown) return null;
    const states = atomsOf(state);
    const types = atomsOf(type);
    return {
      place: { ...parseGeometry(geometry), ...parseOrigin(origin) },
      kind: types.includes(atom('_NET_WM_WINDOW_TYPE_DESKTOP'))
        ? 'desktop'
        : types.includes(atom('_NET_WM_WINDOW_TYPE_DOCK'))
          ? 'panel'
          : 'program',
      isFullscreen: states.includes(atom('_NET_WM_STATE_FULLSCREEN')),
      isMaximised: states.includes(atom('_NET_WM_STATE_MAXIMIZED_VERT')) && states.includes(atom('_NET_WM_STATE_MAXIMIZED_HORZ')),
      overrideRedirect: overrideRedirect && inFrame === null, // frames may be so too
      program: classOf(wmClass),
    };
  }

  async function monitorsNow(): Promise<readonly Rectangle[]> {
    const reply = randr === null ? null : await x.ask(getMonitors(randr, root));
    const monitors = reply ? parseMonitors(reply) : [];
    return monitors.length > 0 ? monitors : [screen];
  }

  /** A frame that may hold a window which fills a monitor. */
  async function coveringFrame(window: number, monitors: readonly Rectangle[]): Promise<ShownWindow | null> {
    const [attributes, geometry] = await Promise.all([x.ask(getAttributes(window)), x.ask(getGeometry(window))]);
    if (!attributes || !geometry) return null;
    const { isShown, overrideRedirect } = parseAttributes(attributes);
    const place = parseGeometry(geometry);
    return isShown && monitors.some((monitor) => covers(place, monitor)) ? shownWindow(window, overrideRedirect) : null;
  }

  return {
    async look() {
      const [monitors, topLevels] = await Promise.all([monitorsNow(), children(root)]);
      const shown = await Promise.all(topLevels.map((window) => coveringFrame(window, monitors)));
      return { monitors, topDown: shown.filter((each) => each !== null) };
    },
  };
}

const atomIn = (reply: Buffer | null | undefined): number => (reply ? parseAtom(reply) : 0);
