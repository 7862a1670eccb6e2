import koffi from 'koffi';

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface ForegroundWindow {
  readonly className: string;
  readonly pid: number;
  /** It has a title bar. */
  readonly caption: boolean;
  readonly rect: Rect;
  /** The whole monitor that the window is on, with the task bar. */
  readonly monitor: Rect;
}

/** A HID collection that Raw Input lists. */
export interface HidDevice {
  readonly path: string;
  readonly vendorId: number;
  readonly productId: number;
  readonly usagePage: number;
  readonly usage: number;
}

export interface User32 {
  /** Tick of the last input to this session, ms since the start of Windows modulo 2^32. */
  lastInputTick(): number;
  /** Null where no window has the foreground, or it went away meanwhile. */
  foregroundWindow(): ForegroundWindow | null;
  hidDevices(): readonly HidDevice[];
}

// winuser.h; sizes and offsets are those of 64-bit Windows.
const LASTINPUTINFO_BYTES = 8;
const MONITORINFO_BYTES = 40;
const RECT_BYTES = 16;
const RAWINPUTDEVICELIST_BYTES = 16;
const RID_DEVICE_INFO_BYTES = 32;
const GWL_STYLE = -16;
const WS_CAPTION = 0x00c00000;
const MONITOR_DEFAULTTONEAREST = 2;
const RIM_TYPEHID = 2;
const RIDI_DEVICEINFO = 0x2000000b;
const RIDI_DEVICENAME = 0x20000007;
/** `(UINT)-1`, by which the raw input functions say that they failed. */
const FAILED = 0xffffffff;
/** Longest window class name, with its end (WNDCLASSEXW, lpszClassName). */
const CLASS_NAME_CHARS = 257;

type Handle = number | bigint;

/** Throws where user32.dll or a function of it is missing. */
export function loadUser32(): User32 {
  const library = koffi.load('user32.dll');
  const getLastInputInfo: (info: Buffer) => number = library.func('__stdcall', 'GetLastInputInfo', 'int', ['void *']);
  const getForegroundWindow: () => Handle = library.func('__stdcall', 'GetForegroundWindow', 'intptr_t', []);
  const getWindowRect: (window: Handle, rect: Buffer) => number = library.func('__stdcall', 'GetWindowRect', 'int', ['intptr_t', 'void *']);
  const getWindowLong: (window: Handle, index: number) => number = library.func('__stdcall', 'GetWindowLongW', 'int32_t', [
    'intptr_t',
    'int',
  ]);
  const getClassName: (window: Handle, name: Buffer, chars: number) => number = library.func('__stdcall', 'GetClassNameW', 'int', [
    'intptr_t',
    'void *',
    'int',
  ]);
  const getWindowThreadProcessId: (window: Handle, pid: Buffer) => number = library.func(
    '__stdcall',
    'GetWindowThreadProcessId',
    'uint32_t',
    ['intptr_t', 'void *'],
  );
  const monitorFromWindow: (window: Handle, flags: number) => Handle = library.func('__stdcall', 'MonitorFromWindow', 'intptr_t', [
    'intptr_t',
    'uint32_t',
  ]);
  const getMonitorInfo: (monitor: Handle, info: Buffer) => number = library.func('__stdcall', 'GetMonitorInfoW', 'int', [
    'intptr_t',
    'void *',
  ]);
  const getRawInputDeviceList: (list: Buffer | null, count: Buffer, bytes: number) => number = library.func(
    '__stdcall',
    'GetRawInputDeviceList',
    'uint32_t',
    ['void *', 'void *', 'uint32_t'],
  );
  const getRawInputDeviceInfo: (device: Handle, what: number, data: Buffer | null, size: Buffer) => number = library.func(
    '__stdcall',
    'GetRawInputDeviceInfoW',
    'uint32_t',
    ['intptr_t', 'uint32_t', 'void *', 'void *'],
  );

  const lastInput = Buffer.alloc(LASTINPUTINFO_BYTES); // LASTINPUTINFO: cbSize, dwTime
  lastInput.writeUInt32LE(LASTINPUTINFO_BYTES, 0);

  function devicePath(device: Handle): string {
    const size = Buffer.alloc(4);
    getRawInputDeviceInfo(device, RIDI_DEVICENAME, null, size);
    const name = Buffer.alloc(size.readUInt32LE(0) * 2);
    const copied = getRawInputDeviceInfo(device, RIDI_DEVICENAME, name, size);
    return copied === FAILED ? '' : utf16(name);
  }

  return {
    lastInputTick() {
      if (getLastInputInfo(lastInput) === 0) throw new Error('GetLastInputInfo failed');
      return lastInput.readUInt32LE(4);
    },
    foregroundWindow() {
      const window = getForegroundWindow();
      if (Number(window) === 0) return null;
      const rect = Buffer.alloc(RECT_BYTES);
      const pid = Buffer.alloc(4);
      const info = Buffer.alloc(MONITORINFO_BYTES); // MONITORINFO: cbSize, rcMonitor, rcWork, dwFlags
      info.writeUInt32LE(MONITORINFO_BYTES, 0);
      const className = Buffer.alloc(CLASS_NAME_CHARS * 2);
      const there =
        getWindowRect(window, rect) !== 0 &&
        getWindowThreadProcessId(window, pid) !== 0 &&
        getClassName(window, className, CLASS_NAME_CHARS) !== 0 &&
        getMonitorInfo(monitorFromWindow(window, MONITOR_DEFAULTTONEAREST), info) !== 0;
      if (!there) return null;
      return {
        className: utf16(className),
        pid: pid.readUInt32LE(0),
        caption: (getWindowLong(window, GWL_STYLE) & WS_CAPTION) === WS_CAPTION,
        rect: rectAt(rect, 0),
        monitor: rectAt(info, 4),
      };
    },
    hidDevices() {
      const count = Buffer.alloc(4);
      if (getRawInputDeviceList(null, count, RAWINPUTDEVICELIST_BYTES) === FAILED) throw new Error('GetRawInputDeviceList failed');
      const list = Buffer.alloc(count.readUInt32LE(0) * RAWINPUTDEVICELIST_BYTES); // RAWINPUTDEVICELIST: hDevice, dwType
      if (list.length === 0) return [];
      const listed = getRawInputDeviceList(list, count, RAWINPUTDEVICELIST_BYTES);
      if (listed === FAILED) throw new Error('GetRawInputDeviceList failed'); // a device came between the two calls; the next reading mends it
      const devices: HidDevice[] = [];
      for (let at = 0; at < listed * RAWINPUTDEVICELIST_BYTES; at += RAWINPUTDEVICELIST_BYTES) {
        if (list.readUInt32LE(at + 8) !== RIM_TYPEHID) continue;
        const device = list.readBigInt64LE(at);
        const info = Buffer.alloc(RID_DEVICE_INFO_BYTES); // RID_DEVICE_INFO: cbSize, dwType, RID_DEVICE_INFO_HID
        info.writeUInt32LE(RID_DEVICE_INFO_BYTES, 0);
        const size = Buffer.alloc(4);
        size.writeUInt32LE(RID_DEVICE_INFO_BYTES, 0);
        if (getRawInputDeviceInfo(device, RIDI_DEVICEINFO, info, size) === FAILED) continue; // unplugged meanwhile
        devices.push({
          path: devicePath(device),
          vendorId: info.readUInt32LE(8),
          productId: info.readUInt32LE(12),
          usagePage: info.readUInt16LE(20),
          usage: info.readUInt16LE(22),
        });
      }
      return devices;
    },
  };
}

function rectAt(bytes: Buffer, at: number): Rect {
  return {
    left: bytes.readInt32LE(at),
    top: bytes.readInt32LE(at + 4),
    right: bytes.readInt32LE(at + 8),
    bottom: bytes.readInt32LE(at + 12),
  };
}

function utf16(bytes: Buffer): string {
  return bytes.toString('utf16le').split('\0', 1)[0] ?? '';
}
