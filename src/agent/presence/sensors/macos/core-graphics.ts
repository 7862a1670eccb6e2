import koffi from 'koffi';
import { asDictionary, type CfDictionary, type CoreFoundation } from './core-foundation.ts';

export interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface MacWindow {
  readonly layer: number;
  readonly pid: number;
  readonly owner: string | null;
  readonly bounds: Bounds;
}

export interface CoreGraphics {
  /** Seconds since the last input of any kind. `source`: CGEventSourceStateID. */
  secondsSinceInput(source: number): number;
  /** Windows on the screens now, of these layers only. */
  windows(layers: ReadonlySet<number>): readonly MacWindow[];
  displays(): readonly Bounds[];
  /** Null: Nightshift runs outside of any desktop session. */
  session(): CfDictionary | null;
}

/** CGEventTypes.h, kCGAnyInputEventType: all bits set. */
const ANY_INPUT = 0xffffffff;
/** CGWindow.h: kCGWindowListOptionOnScreenOnly, kCGNullWindowID. */
const ON_SCREEN_ONLY = 1;
const NO_WINDOW = 0;
const MAX_DISPLAYS = 32;

/** Throws where Core Graphics or a function of it is missing. */
export function loadCoreGraphics(foundation: CoreFoundation): CoreGraphics {
  const library = koffi.load('/System/Library/Frameworks/CoreGraphics.framework/CoreGraphics');
  // CGGeometry.h: CGRect is two points of CGFloat, which is a double on 64-bit systems.
  const rectType = koffi.struct({ x: 'double', y: 'double', width: 'double', height: 'double' });
  const secondsSince: (source: number, type: number) => number = library.func('CGEventSourceSecondsSinceLastEventType', 'double', [
    'int32_t',
    'uint32_t',
  ]);
  const copyWindows: (options: number, relativeTo: number) => bigint | null = library.func('CGWindowListCopyWindowInfo', 'void *', [
    'uint32_t',
    'uint32_t',
  ]);
  const activeDisplays: (max: number, displays: Buffer, count: Buffer) => number = library.func('CGGetActiveDisplayList', 'int32_t', [
    'uint32_t',
    'void *',
    'void *',
  ]);
  const displayBounds: (display: number) => Bounds = library.func('CGDisplayBounds', rectType, ['uint32_t']);
  const copySession: () => bigint | null = library.func('CGSessionCopyCurrentDictionary', 'void *', []);

  // CGWindow.h: the values of these constants are their own names.
  const keys = {
    layer: foundation.string('kCGWindowLayer'),
    pid: foundation.string('kCGWindowOwnerPID'),
    owner: foundation.string('kCGWindowOwnerName'),
    bounds: foundation.string('kCGWindowBounds'),
    alpha: foundation.string('kCGWindowAlpha'),
  };

  return {
    secondsSinceInput: (source) => secondsSince(source, ANY_INPUT),
    windows(layers) {
      const list = copyWindows(ON_SCREEN_ONLY, NO_WINDOW);
      if (list === null) throw new Error('CGWindowListCopyWindowInfo failed: no desktop session');
      try {
        const windows: MacWindow[] = [];
        for (const window of foundation.items(list)) {
          const at = (key: bigint) => foundation.value(foundation.get(window, key));
          const layer = at(keys.layer); // first and often alone: there are hundreds of small windows in other layers
          if (typeof layer !== 'number' || !layers.has(layer)) continue;
          const [pid, owner, alpha, bounds] = [at(keys.pid), at(keys.owner), at(keys.alpha), asDictionary(at(keys.bounds))];
          const { X: x, Y: y, Width: width, Height: height } = bounds;
          if (typeof pid !== 'number' || alpha === 0) continue;
          if (typeof x !== 'number' || typeof y !== 'number' || typeof width !== 'number' || typeof height !== 'number') continue;
          windows.push({ layer, pid, owner: typeof owner === 'string' ? owner : null, bounds: { x, y, width, height } });
        }
        return windows;
      } finally {
        foundation.release(list);
      }
    },
    displays() {
      const [ids, count] = [Buffer.alloc(MAX_DISPLAYS * 4), Buffer.alloc(4)];
      const error = activeDisplays(MAX_DISPLAYS, ids, count);
      if (error !== 0) throw new Error(`CGGetActiveDisplayList failed with ${error}`);
      return Array.from({ length: count.readUInt32LE(0) }, (_, index) => displayBounds(ids.readUInt32LE(index * 4)));
    },
    session() {
      const session = copySession();
      return session === null ? null : asDictionary(foundation.take(session));
    },
  };
}
